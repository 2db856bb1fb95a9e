"use strict";
/* Agreeing to be pushed to: the browser's answer goes into a form that is then sent as any other. */

const pushForm = document.getElementById("push-form");
const tell = (text) => { pushForm.querySelector("[role=status]").textContent = text; };

function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function active(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return Promise.resolve();
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => { if (worker.state === "activated") resolve(); });
  });
}

async function agree() {
  if ((await Notification.requestPermission()) !== "granted") return tell(pushForm.dataset.refused);
  const registration = await navigator.serviceWorker.register(pushForm.dataset.worker);
  await active(registration);
  const old = await registration.pushManager.getSubscription();
  await old?.unsubscribe(); // it may be of another key
  const made = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytesOf(pushForm.dataset.pushKey),
  });
  const { endpoint, keys } = made.toJSON();
  pushForm.elements.endpoint.value = endpoint;
  pushForm.elements.p256dh.value = keys.p256dh;
  pushForm.elements.auth.value = keys.auth;
  pushForm.submit();
}

if (pushForm && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
  const button = pushForm.querySelector("button");
  button.hidden = false;
  tell("");
  button.addEventListener("click", () => {
    button.disabled = true;
    agree()
      .catch(() => tell(pushForm.dataset.failed))
      .finally(() => { button.disabled = false; });
  });
}
