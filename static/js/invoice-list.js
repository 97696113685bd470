/* The list of invoices: how many are chosen and what they come to; and Print on the register. */
const all = (query, from = document) => [...from.querySelectorAll(query)];

const tell = (form) => {
  const boxes = all("[name=pick]", form);
  const chosen = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr").classList.toggle("picked", box.checked);
  const bar = form.querySelector(".bulk");
  if (!bar) return;
  const count = bar.querySelector("[data-picked]");
  count.textContent = `${chosen.length} ${count.dataset.words}`;
  const sum = bar.querySelector("[data-picked-sum]");
  const pence = chosen.reduce((total, box) => total + Math.round(Number(box.dataset.sum) * 100), 0);
  const format = { style: "currency", currency: sum.dataset.currency };
  sum.textContent = new Intl.NumberFormat(document.documentElement.lang || "en-GB", format).format(pence / 100);
  const every = form.querySelector("[data-pick-all]");
  every.checked = chosen.length === boxes.length;
  every.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
};

document.addEventListener("change", (event) => {
  const form = event.target.closest("form.picks");
  if (!form) return;
  if (event.target.matches("[data-pick-all]")) {
    for (const box of all("[name=pick]", form)) box.checked = event.target.checked;
  }
  tell(form);
});
document.addEventListener("reset", (event) => {
  if (event.target.matches("form.picks")) setTimeout(() => tell(event.target));
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
addEventListener("pageshow", () => all("form.picks").forEach(tell));
