"use strict";
/* Passkeys. The button asks the server what to sign, the device signs, and the form is sent as any other.
   By hand, because older phones lack the browser's own conversion from and to JSON. */

function passkeyBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function passkeyText(buffer) {
  const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function passkeyOptions(box) {
  const answer = await fetch(box.dataset.passkey, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), "X-From-Script": "1" },
    body: new URLSearchParams({ purpose: box.dataset.purpose }),
    redirect: "manual",
  });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  const options = await answer.json();
  options.challenge = passkeyBytes(options.challenge);
  if (options.user) options.user.id = passkeyBytes(options.user.id);
  for (const known of options.allowCredentials ?? options.excludeCredentials ?? []) known.id = passkeyBytes(known.id);
  return options;
}

async function passkeySigned(box) {
  const publicKey = await passkeyOptions(box);
  const makes = box.dataset.purpose === "enrol";
  const made = await (makes ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }));
  const { response } = made;
  const said = { clientDataJSON: passkeyText(response.clientDataJSON) };
  if (makes) {
    said.attestationObject = passkeyText(response.attestationObject);
    said.transports = response.getTransports?.() ?? [];
  } else {
    said.authenticatorData = passkeyText(response.authenticatorData);
    said.signature = passkeyText(response.signature);
    if (response.userHandle) said.userHandle = passkeyText(response.userHandle);
  }
  return JSON.stringify({ id: made.id, rawId: passkeyText(made.rawId), type: made.type, clientExtensionResults: {}, response: said });
}

async function usePasskey(box, button) {
  const form = box.closest("form");
  const field = form.querySelector("input[name$=credential]");
  const state = box.querySelector("[role=status]");
  state.textContent = box.dataset.waiting;
  button.disabled = true;
  try {
    field.value = await passkeySigned(box);
    state.textContent = "";
    form.requestSubmit();
  } catch (problem) {
    state.textContent = box.dataset.failed; // cancelled, too late, or no passkey of this site here
    console.info(problem.message);
  } finally {
    button.disabled = false;
  }
}

/* The button is shown where it can work: a browser that has passkeys, at the address they are bound to. */
function showPasskeys(root) {
  if (!window.PublicKeyCredential || !window.isSecureContext) return;
  for (const box of root.querySelectorAll("[data-passkey]")) {
    const { site } = box.dataset;
    if (location.hostname !== site && !location.hostname.endsWith(`.${site}`)) continue;
    box.hidden = false;
    for (const line of root.querySelectorAll("[data-no-passkey]")) line.hidden = true;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-passkey] button");
  if (button) usePasskey(button.closest("[data-passkey]"), button);
});
showPasskeys(document);
