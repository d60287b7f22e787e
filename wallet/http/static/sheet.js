"use strict";
// The sheet speaks to the wallet that served it, and tells the shop around it one word: how it ended.
const { id, shop, paying, gone, lang } = document.body.dataset;
const told = document.getElementById("told");
const form = document.querySelector("form");
const over = ["paid", "refused", "cancelled"];
let state = document.body.dataset.state;
let inSight = false;
let settling = 0;
let busy = false;
// Browsers drop clicks on a frame that has just moved; a button that can be pressed shall do something.
const SETTLED_MS = 600;

function tell(word) {
  if (window.parent !== window) window.parent.postMessage({ tenge: id, state: word }, shop);
}

function show(words) {
  told.textContent = words;
  const closed = over.includes(state);
  for (const one of form.querySelectorAll("input, label, .row")) one.hidden = closed;
  document.getElementById("cancel").hidden = state !== "waiting";
  if (closed) tell(state);
}

async function send(what, body) {
  const answer = await fetch(`/payments/${id}/${what}?lang=${lang}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const got = await answer.json();
  if (answer.ok) state = got.state;
  show(answer.status === 404 ? gone : got.sentence);
}

if (form) {
  const pin = document.getElementById("pin");
  const pay = document.getElementById("pay");
  const words = told.textContent;

  // A page around us could cover what is asked and leave the button free: where the browser can say whether
  // both are really in sight, nothing is paid until they are.
  if ("IntersectionObserver" in window && "isVisible" in IntersectionObserverEntry.prototype) {
    const parts = new Map([...document.querySelectorAll("dl, .row")].map((part) => [part, false]));
    const watch = new IntersectionObserver(
      (seen) => {
        for (const one of seen) parts.set(one.target, one.isVisible && one.intersectionRatio > 0.9);
        inSight = [...parts.values()].every(Boolean);
        clearTimeout(settling);
        pay.disabled = true;
        if (inSight) settling = setTimeout(() => (pay.disabled = false), SETTLED_MS);
        document.getElementById("covered").hidden = inSight || over.includes(state);
      },
      { threshold: [0, 0.5, 0.9, 1], trackVisibility: true, delay: 100 },
    );
    for (const part of parts.keys()) watch.observe(part);
  } else {
    inSight = true;
    pay.disabled = false;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!inSight || busy) return;
    const typed = pin.value;
    pin.value = "";
    busy = true;
    told.textContent = paying;
    try {
      await send("confirm", { pin: typed });
    } catch {
      show(gone);
    }
    busy = false;
    if (!over.includes(state)) pin.focus();
  });
  document.getElementById("cancel").addEventListener("click", () => send("cancel", { cancel: true }));
  show(words);
}
