"use strict";
/* Shows what is pushed, opens the page behind it. It controls no page and answers no request. */

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data?.json() ?? {};
  } catch {
    /* whatever it was, something is due */
  }
  const title = typeof told.title === "string" ? told.title : "Vòng Tay";
  event.waitUntil(self.registration.showNotification(title, { tag: "vongtay", renotify: true, lang: "vi" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/reminders/"));
});
