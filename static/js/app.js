"use strict";
/* Comfort on top of pages that work without it: drafts, one sending per click, quick exit, countdowns.
   Nothing typed is ever kept in the browser's storage: computers here are shared. */

const words = JSON.parse(document.body.dataset.words);
const say = (key, value) => words[key].replace("{}", value);
const csrfToken = () => document.querySelector("input[name=csrf_token]")?.value ?? "";

/* Drafts: a form with data-draft-url saves itself about 3 seconds after the last key. */

const SAVE_AFTER = 3000;
const RETRY_AFTER = 15000;
const NOT_IN_DRAFTS = new Set(["csrf_token", "idempotency_key"]);
const drafts = new WeakMap(); // form -> { timer, dirty, busy }
let leaving = false; // true once the user has sent the form or pressed the quick exit

function draftOf(form) {
  if (!drafts.has(form)) drafts.set(form, { timer: 0, dirty: false, busy: false });
  return drafts.get(form);
}

function draftBody(form) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const isSecret = form.elements[name]?.type === "password";
    if (typeof value === "string" && !isSecret && !NOT_IN_DRAFTS.has(name)) body.append(name, value);
  }
  return body;
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

async function saveDraft(form) {
  const draft = draftOf(form);
  if (!draft.dirty || leaving || !form.isConnected) return;
  if (draft.busy) return scheduleSave(form, SAVE_AFTER);
  draft.busy = true;
  draft.dirty = false; // what is typed while this is under way makes it true again
  let problem = null;
  try {
    const answer = await fetch(form.dataset.draftUrl, {
      method: "POST",
      body: draftBody(form),
      headers: { "X-CSRFToken": csrfToken() },
      redirect: "manual", // a redirect to the sign-in page has the status 0
    });
    if (!answer.ok) problem = failureText(answer.status);
  } catch {
    problem = words.failed; // no connection
  }
  draft.busy = false;
  if (problem) {
    draft.dirty = true;
    scheduleSave(form, RETRY_AFTER);
  }
  const time = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Ho_Chi_Minh" });
  showDraftState(form, problem ?? say("saved", time), Boolean(problem));
}

const unsavedForms = () =>
  [...document.querySelectorAll("form[data-draft-url]")].filter((form) => draftOf(form).dirty || draftOf(form).busy);

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-draft-url]");
  if (!form) return;
  draftOf(form).dirty = true;
  scheduleSave(form, SAVE_AFTER);
});
window.addEventListener("online", () => unsavedForms().forEach((form) => scheduleSave(form, 0)));
window.addEventListener("beforeunload", (event) => {
  if (!leaving && unsavedForms().length) event.preventDefault();
});

/* One sending per click. */

function setBusy(form, busy) {
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    button.disabled = busy;
    button.classList.toggle("is-busy", busy);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-quick-exit]")) return;
  const swapped = form.hasAttribute("hx-post");
  if (event.defaultPrevented && !swapped) return;
  leaving = !swapped;
  clearTimeout(drafts.get(form)?.timer);
  setTimeout(() => setBusy(form, true)); // after the browser has read which button was pressed
  if (!swapped) setTimeout(() => { setBusy(form, false); leaving = false; }, 20000); // a file was saved instead
});
window.addEventListener("pageshow", () => {
  leaving = false;
  document.querySelectorAll("form").forEach((form) => setBusy(form, false));
});
document.addEventListener("htmx:finally:request", (event) => {
  const form = event.target.closest?.("form");
  if (form) setBusy(form, false);
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
