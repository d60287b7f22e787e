"use strict";
// Buy: the shop's server makes an order, the buyer's wallet shows its own sheet in a frame, and when the sheet
// says that it is over the shop's server asks its bank. What the sheet says decides nothing.
const says = document.body.dataset;
const wallet = says.wallet;
const told = document.getElementById("told");
const place = document.getElementById("sheet");
const receipt = document.getElementById("receipt");
const allow = document.getElementById("allow");
const buttons = [...document.querySelectorAll("[data-good], [data-card]")];
const card = document.getElementById("card");
const CHECK_EVERY_MS = 4000;
let open = null;

function json(url, body) {
  return fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

function finish(words) {
  clearInterval(open?.timer);
  open = null;
  place.hidden = true;
  place.replaceChildren();
  told.textContent = words;
  for (const one of buttons) one.disabled = false;
}

async function refused() {
  // A wallet that does not know this shop answers nothing a page could read: is there one at all?
  try {
    await fetch(`${wallet}/static/sheet.css`, { mode: "no-cors" });
  } catch {
    return finish(says.noWallet);
  }
  allow.querySelector("a").href = `${wallet}/shops/allow?origin=${encodeURIComponent(location.origin)}&lang=${says.lang}`;
  allow.hidden = false;
  return finish(says.notAllowed);
}

async function check() {
  if (!open) return;
  const { reference } = open;
  let got;
  try {
    got = await (await fetch(`/orders/${reference}?lang=${says.lang}`)).json();
  } catch {
    return;
  }
  if (!got.paid || !open || open.reference !== reference) return;
  finish("");
  print(got.lines);
}

function print(lines) {
  receipt.replaceChildren(
    ...lines.map((line) => {
      const one = document.createElement("p");
      one.textContent = line;
      return one;
    }),
  );
  receipt.hidden = false;
  receipt.scrollIntoView({ block: "nearest" });
}

// By card: the number goes to the shop's server once, and out of the page at once.
let wanted = null;

function wantByCard(button) {
  wanted = button.dataset.card;
  receipt.hidden = true;
  told.textContent = "";
  card.querySelector("button").textContent = button.dataset.pay;
  card.hidden = false;
  card.scrollIntoView({ block: "nearest" });
  card.elements.number.focus();
}

async function payByCard() {
  const typed = Object.fromEntries(["number", "expiry", "code"].map((name) => [name, card.elements[name].value]));
  card.reset();
  card.hidden = true;
  told.textContent = says.cardWaiting;
  for (const one of buttons) one.disabled = true;
  let sent = false;
  try {
    const order = await (await json("/orders", { good: wanted })).json();
    sent = true;
    const got = await (await json(`/orders/${order.reference}/card?lang=${says.lang}`, typed)).json();
    finish(got.paid ? "" : got.sentence);
    if (got.paid) print(got.lines);
  } catch {
    finish(sent ? says.cardUnknown : says.notPaid);
  }
}

async function buy(good) {
  for (const one of buttons) one.disabled = true;
  receipt.hidden = true;
  allow.hidden = true;
  const order = await (await json("/orders", { good })).json();
  let asked;
  try {
    asked = await json(`${wallet}/payments`, { code: order.code });
  } catch {
    return refused();
  }
  const question = await asked.json();
  if (!asked.ok) return finish(question.sentence);
  const frame = document.createElement("iframe");
  frame.src = `${wallet}${question.sheet}?lang=${says.lang}`;
  place.replaceChildren(frame);
  place.hidden = false;
  told.textContent = says.waiting;
  open = { reference: order.reference, id: question.id, timer: setInterval(check, CHECK_EVERY_MS) };
  place.scrollIntoView({ block: "nearest" });
}

window.addEventListener("message", (event) => {
  if (event.origin !== wallet || !open || event.data?.tenge !== open.id) return;
  if (event.data.state === "paid") {
    told.textContent = says.checking;
    check();
  } else {
    finish(says.notPaid);
  }
});
for (const one of buttons)
  one.addEventListener("click", () => (one.dataset.card ? wantByCard(one) : buy(one.dataset.good)));
card?.addEventListener("submit", (event) => {
  event.preventDefault();
  payByCard();
});
