/* The quote's page: what changed is shown for a moment, and a total that could not be fetched is said. */

const form = document.querySelector("#quote");
const told = document.querySelector("#told");
const sums = () => new Map([...document.querySelectorAll("[data-t]")].map((one) => [one.dataset.t, one.textContent]));
let before = new Map();

form.addEventListener("htmx:beforeRequest", () => {
  before = sums();
});
form.addEventListener("htmx:afterRequest", () => {
  for (const one of document.querySelectorAll("[data-t]")) {
    one.classList.toggle("swap", before.get(one.dataset.t) !== one.textContent);
  }
});

/* Offline, or the server away: the ticks on the screen are not what is kept. "Continue to sign" sends them again. */
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  form.addEventListener(name, () => {
    told.textContent = told.dataset.lost;
    told.classList.remove("sr");
  });
}
form.addEventListener("htmx:afterSwap", () => told.classList.add("sr"));

/* A quantity that is typed means that the extra is wanted. */
form.addEventListener(
  "input",
  (event) => {
    if (!event.target.matches(".many")) return;
    event.target.closest(".pick").querySelector(".takes").checked = true;
  },
  true,
);
