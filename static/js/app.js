"use strict";
/* Comfort on top of pages that work without it: drafts, one sending per click, quick exit, countdowns.
   Nothing typed is ever kept in the browser's storage: computers here are shared. */

const words = JSON.parse(document.body.dataset.words);
const say = (key, value) => words[key].replace("{}", value);
const csrfToken = () => document.querySelector("input[name=csrf_token]")?.value ?? "";

/* After signing in again at another tab the token of an open page is stale. The same person gets a new one
   without reloading what is being typed; somebody else does not. */

async function renewToken() {
  const answer = await fetch("/auth/profile", { redirect: "manual" });
  if (!answer.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const who = (there) => there.querySelector(".menu-who")?.textContent;
  const token = page.querySelector("input[name=csrf_token]")?.value;
  if (!token || token === csrfToken() || who(page) !== who(document)) return false;
  for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = token;
  return true;
}

/* Drafts: a form with data-draft-url saves itself about 3 seconds after the last key, 10 seconds after the
   first one that is not saved at the latest, and when the page is hidden or left. */

const SAVE_AFTER = 3000;
const SAVE_WITHIN = 10000;
const RETRY_AFTER = 15000;
const KEEPALIVE_BYTES = 60000; // what a browser still sends for a page that is gone
const NOT_IN_DRAFTS = new Set(["csrf_token", "idempotency_key", "draft_key"]);
const drafts = new WeakMap(); // form -> { timer, since, dirty, busy, lost, sending }
let leaving = false; // true once the user has sent the form or pressed the quick exit

function draftOf(form) {
  if (!drafts.has(form)) drafts.set(form, { timer: 0, since: 0, dirty: false, busy: false, lost: false, sending: false });
  return drafts.get(form);
}

function draftBody(form) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const isSecret = form.elements[name]?.type === "password";
    if (typeof value === "string" && !isSecret && !NOT_IN_DRAFTS.has(name)) body.append(name, value);
  }
  return body.toString();
}

function showDraftState(form, text, failed) {
  const line = form.querySelector(".draft-state");
  if (!line) return;
  line.textContent = text;
  line.classList.toggle("is-failed", failed);
}

function failureText(status) {
  if (status === 413) return words.too_large;
  return status === 401 || status === 403 || status === 0 ? words.signed_out : words.failed;
}

function scheduleSave(form, delay) {
  const draft = draftOf(form);
  clearTimeout(draft.timer);
  draft.timer = setTimeout(() => saveDraft(form), delay);
}

async function saveDraft(form, atOnce = false) {
  const draft = draftOf(form);
  if (leaving || draft.sending || !form.isConnected || !(draft.dirty || atOnce)) return;
  if (draft.busy && !atOnce) return scheduleSave(form, SAVE_AFTER);
  draft.busy = true;
  draft.dirty = false; // what is typed while this is under way makes it true again
  draft.since = 0;
  let problem = null;
  try {
    const body = draftBody(form);
    const answer = await fetch(form.dataset.draftUrl, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": csrfToken(), "X-From-Script": "1", "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8" },
      keepalive: atOnce && body.length < KEEPALIVE_BYTES,
      redirect: "manual", // a redirect to the sign-in page has the status 0
    });
    draft.lost = false;
    if (!answer.ok) problem = failureText(answer.status);
    if (answer.status === 423) document.dispatchEvent(new Event("vt:locked"));
  } catch {
    draft.lost = true; // no connection
    problem = words.failed;
  }
  draft.busy = false;
  if (problem) {
    draft.dirty = true;
    scheduleSave(form, RETRY_AFTER);
    if (problem === words.signed_out || problem === words.failed) renewToken().catch(() => {});
  }
  const time = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Ho_Chi_Minh" });
  showDraftState(form, problem ?? say("saved", time), Boolean(problem));
}

const unsavedForms = () =>
  [...document.querySelectorAll("form[data-draft-url]")].filter((form) => draftOf(form).dirty || draftOf(form).busy);
const saveAll = () => unsavedForms().forEach((form) => saveDraft(form, true));

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-draft-url]");
  if (!form) return;
  const draft = draftOf(form);
  draft.dirty = true;
  draft.since ||= Date.now();
  scheduleSave(form, Math.max(0, Math.min(SAVE_AFTER, draft.since + SAVE_WITHIN - Date.now())));
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") saveAll();
});
window.addEventListener("pagehide", saveAll);
window.addEventListener("online", () => unsavedForms().forEach((form) => scheduleSave(form, 0)));
window.addEventListener("beforeunload", (event) => {
  if (!leaving && unsavedForms().length) event.preventDefault();
});

/* Without a connection nothing is sent: the browser's page of the error would take the place of what was
   typed. Said at the button; pressing again tries again. */

const isSending = (form) => form.getAttribute("method") === "post" && !form.matches("[data-quick-exit]");

function sayAtButton(form, button, text) {
  const dock = button?.closest(".dock");
  const place = dock ?? form.querySelector(".actions") ?? form;
  let line = (dock ?? form).querySelector(".send-state");
  if (!text) return line?.remove();
  if (!line) {
    line = document.createElement("p");
    line.className = "send-state";
    line.setAttribute("role", "alert");
    if (place === form) form.append(line);
    else if (dock) dock.prepend(line);
    else place.before(line);
  }
  line.textContent = text;
  if (!dock) line.scrollIntoView({ block: "nearest" });
}

async function tryAgain(form, button) {
  setBusy(form, true);
  await saveDraft(form, true);
  setBusy(form, false);
  if (draftOf(form).lost) return sayAtButton(form, button, words.offline);
  sayAtButton(form, button, "");
  form.requestSubmit(button);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter?.hidden ? null : event.submitter;
  const isLost = drafts.get(form)?.lost;
  if (!isSending(form)) return;
  if (navigator.onLine && !isLost) return sayAtButton(form, button, "");
  event.preventDefault();
  event.stopImmediatePropagation();
  if (navigator.onLine) tryAgain(form, event.submitter);
  else sayAtButton(form, button, words.offline);
}, true);

/* One sending per click. */

function setBusy(form, busy) {
  for (const button of form.elements) {
    if (!button.matches("button:not([type=button])")) continue;
    button.disabled = busy;
    button.classList.toggle("is-busy", busy);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!isSending(form)) return;
  const swapped = form.hasAttribute("hx-post");
  if (event.defaultPrevented && !swapped) return;
  const draft = draftOf(form);
  clearTimeout(draft.timer);
  leaving = !swapped;
  draft.sending = swapped;
  setTimeout(() => setBusy(form, true)); // after the browser has read which button was pressed
  if (!swapped) setTimeout(() => { setBusy(form, false); leaving = false; }, 20000); // a file was saved instead
});
window.addEventListener("pageshow", () => {
  leaving = false;
  document.querySelectorAll("form").forEach((form) => setBusy(form, false));
});

/* A form that is swapped in place (hx-post) leaves no sent page in the history. */

document.addEventListener("htmx:after:request", (event) => {
  const { hx, sourceElement } = event.detail.ctx;
  if (hx.redirect && sourceElement.matches("form")) leaving = true; // it was taken: nothing is lost
});
document.addEventListener("htmx:error", (event) => {
  const form = event.detail.ctx?.sourceElement;
  if (form?.matches("form[hx-post]")) sayAtButton(form, event.detail.ctx.request.submitter, words.offline);
});
document.addEventListener("htmx:finally:request", async (event) => {
  const { sourceElement: form, response, request } = event.detail.ctx;
  if (!form.matches("form") || leaving) return;
  setBusy(form, false);
  const draft = draftOf(form);
  draft.sending = false;
  if (draft.dirty) scheduleSave(form, SAVE_AFTER);
  if (response?.status === 400 && await renewToken().catch(() => false)) form.requestSubmit(request.submitter);
});

/* Quick exit: the button, or Esc twice within 0.8 seconds. The page is blank before anything is sent; it
   waits a moment for the end of the session, so that "back" finds nobody signed in. */

const EXIT_WITHIN = 400;

function quickExit() {
  const form = document.querySelector("form[data-quick-exit]");
  if (!form) return;
  const body = new URLSearchParams(new FormData(form));
  const { action } = form;
  const neutral = form.dataset.quickExit;
  leaving = true;
  document.title = "";
  document.body.replaceChildren();
  const ended = fetch(action, { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => {});
  const enough = new Promise((resolve) => setTimeout(resolve, EXIT_WITHIN));
  Promise.race([ended, enough]).then(() => location.replace(neutral));
}

let lastEscape = -Infinity;
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.repeat) return;
  if (event.timeStamp - lastEscape < 800) return quickExit();
  lastEscape = event.timeStamp;
  closeMenus(null);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-quick-exit]")) return;
  event.preventDefault();
  quickExit();
}, true);

/* Menus close when one clicks elsewhere. */

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));

/* Repeated groups: "add one more" without a round trip. */

function addGroup(button) {
  const box = button.closest("[data-groups]");
  const groups = box.querySelectorAll("[data-group]");
  const template = box.querySelector("template");
  if (groups.length >= Number(button.dataset.addGroup)) return;
  const prefix = `${box.dataset.groups}-`;
  const used = [...box.querySelectorAll("[name]")].map((input) => parseInt(input.name.slice(prefix.length), 10));
  const index = Math.max(-1, ...used.filter(Number.isInteger)) + 1;
  template.insertAdjacentHTML("beforebegin", template.innerHTML.replaceAll("__index__", index));
  numberGroups(box);
  template.previousElementSibling.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

function numberGroups(box) {
  box.querySelectorAll("[data-number]").forEach((place, index) => { place.textContent = index + 1; });
}

document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-add-group]");
  if (add) {
    event.preventDefault();
    addGroup(add);
  }
  const remove = event.target.closest("[data-remove-group]");
  if (remove) {
    const box = remove.closest("[data-groups]");
    remove.closest("[data-group]").remove();
    numberGroups(box);
    box.querySelector("[data-add-group]").focus();
  }
  if (event.target.closest("[data-print]")) window.print();
});

/* On a narrow screen the parts of a case stand in one line: the one that is open is in view. */

for (const part of document.querySelectorAll(".case-parts .on")) {
  const line = part.parentElement;
  line.scrollLeft = part.offsetLeft - line.offsetLeft - (line.clientWidth - part.offsetWidth) / 2;
}

/* Legal clocks go on running on an open page. */

function span(minutes) {
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const rest = minutes % 60;
  const parts = days
    ? [[days, "day"], [hours, "hour"]]
    : hours ? [[hours, "hour"], [rest, "minute"]] : [[rest, "minute"]];
  return parts.filter(([n]) => n).map(([n, unit]) => `${n} ${words[unit]}`).join(" ") || words.moment;
}

function refreshClocks() {
  for (const place of document.querySelectorAll("[data-due]")) {
    const left = (new Date(place.dataset.due) - Date.now()) / 60000;
    place.textContent = say(left < 0 ? "late" : "left", span(Math.floor(Math.abs(left))));
    const chip = place.closest(".chip");
    if (left < 0 && chip) chip.className = "chip chip-danger";
  }
}
setInterval(refreshClocks, 60000);

// Long lists of groups begin folded on a phone; without this script they are open.
if (matchMedia("(max-width: 720px)").matches) {
  for (const group of document.querySelectorAll("details[data-fold]")) group.open = false;
}
