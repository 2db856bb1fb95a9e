"use strict";
/* The curtain. After some minutes without a key, a touch or a move the page is covered and the session locked:
   the server then answers nothing but the unlock form. The page stays behind the curtain with what was typed.
   All open pages of the browser are covered and uncovered together. */

const LOOK_EVERY = 5000;
const SAY_AWAKE_EVERY = 60000;
const LOCKED = 423;

function hangCurtain(template) {
  const after = Number(template.dataset.after) * 1000;
  const alone = { postMessage() {}, addEventListener() {} }; // an old browser: each page for itself
  const pages = window.BroadcastChannel ? new BroadcastChannel("vong-tay-screen") : alone;
  let lastInput = Date.now();
  let saidAwake = Date.now();
  let saidToPages = Date.now();
  let curtain = null; // { place, behind, title, focus } while it hangs

  function ask(path, body) {
    const headers = { "X-CSRFToken": csrfToken(), "X-From-Script": "1", "HX-Request": "true" };
    return fetch(path, { method: "POST", headers, body, redirect: "manual" });
  }

  function noteInput() {
    if (curtain) return;
    const now = Date.now();
    if (now - lastInput >= after) return draw(true); // it slept, and woke under somebody's hand
    lastInput = now;
    if (now - saidToPages < LOOK_EVERY) return;
    saidToPages = now;
    pages.postMessage("input");
  }

  function look() {
    if (curtain) return;
    const now = Date.now();
    if (now - lastInput >= after) return draw(true);
    if (lastInput <= saidAwake || now - saidAwake < SAY_AWAKE_EVERY) return;
    saidAwake = now;
    ask("/auth/awake").then((answer) => { if (answer.status === LOCKED) draw(false); }).catch(() => {});
  }

  /* Drafts are saved first: a locked session takes none. */
  async function lockSession() {
    await Promise.allSettled(unsavedForms().map((form) => saveDraft(form, true)));
    await ask("/auth/lock");
  }

  function draw(tell) {
    if (curtain) return;
    const place = template.content.firstElementChild.cloneNode(true);
    const behind = [...document.body.children].map((part) => ({ part, hidden: part.hidden, inert: part.inert }));
    curtain = { place, behind, title: document.title, focus: document.activeElement };
    for (const { part } of behind) part.hidden = part.inert = true;
    document.title = "Vòng Tay";
    document.body.append(place);
    for (const input of place.querySelectorAll("input[name=csrf_token]")) input.value = csrfToken();
    showPasskeys(place);
    place.querySelector("[data-unlock]").addEventListener("submit", unlock);
    place.querySelector("[data-look-again]").addEventListener("click", lookAgain);
    place.querySelector("input[type=password]").focus();
    if (!tell) return;
    pages.postMessage("drawn");
    lockSession().catch(() => {});
  }

  function lift(tell) {
    if (!curtain) return;
    const { place, behind, title, focus } = curtain;
    place.remove();
    for (const { part, hidden, inert } of behind) Object.assign(part, { hidden, inert });
    document.title = title;
    curtain = null;
    lastInput = saidAwake = Date.now();
    focus?.focus?.();
    unsavedForms().forEach((form) => scheduleSave(form, 0));
    if (tell) pages.postMessage("lifted");
  }

  async function unlock(event) {
    event.preventDefault();
    const form = event.target;
    const password = form.querySelector("input[type=password]");
    const errors = form.querySelector("[data-unlock-errors]");
    setBusy(form, true);
    try {
      const answer = await ask("/auth/unlock", new URLSearchParams(new FormData(form)));
      if (answer.status === 204) return lift(true);
      if (answer.status === 401 || answer.status === 0) return sayItEnded();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const said = page.querySelector(".error-summary, .notice");
      errors.replaceChildren(...(said ? [said] : []));
    } catch {
      errors.textContent = words.offline;
    } finally {
      setBusy(form, false);
      password.value = form.querySelector("[name=step_up_credential]").value = "";
      if (curtain) password.focus();
    }
  }

  /* The session is over. Who signs in again at another tab finds the page as it was; another person does not. */
  function sayItEnded() {
    curtain.place.querySelector("[data-unlock]").hidden = true;
    curtain.place.querySelector("[data-signed-out]").hidden = false;
  }

  async function lookAgain() {
    const isOver = curtain && !curtain.place.querySelector("[data-signed-out]").hidden;
    if (isOver && await renewToken().catch(() => false)) lift(true);
  }

  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "input"]) {
    document.addEventListener(kind, noteInput, { capture: true, passive: true });
  }
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", lookAgain);
  document.addEventListener("vt:locked", () => draw(false));
  document.addEventListener("htmx:before:request", (event) => {
    if (curtain) event.preventDefault(); // what refreshes by itself waits
  });
  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail.ctx.response?.status === LOCKED) draw(false);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-lock]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    draw(true);
  }, true);
  pages.addEventListener("message", ({ data }) => {
    if (data === "input" && !curtain) lastInput = Date.now();
    if (data === "drawn") draw(false);
    if (data === "lifted") lift(false);
  });
  setInterval(look, LOOK_EVERY);
}

const curtainTemplate = document.getElementById("curtain");
if (curtainTemplate) hangCurtain(curtainTemplate);
