"use strict";
const { origin, done } = document.body.dataset;
const button = document.getElementById("allow");
button.addEventListener("click", async () => {
  const answer = await fetch("/shops/allow", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ origin }),
  });
  if (answer.ok) {
    document.getElementById("told").textContent = done;
    button.hidden = true;
  }
});
