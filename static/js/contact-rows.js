// "Add another" beneath the rows of a formset: the last row is copied, emptied and numbered on.
// Without script one empty row is always there, and another after saving.

for (const section of document.querySelectorAll("[data-rows]")) {
  const prefix = section.dataset.rows;
  const total = section.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const most = Number(section.querySelector(`[name="${prefix}-MAX_NUM_FORMS"]`).value);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-line btn-sm";
  button.textContent = section.dataset.add;
  section.append(button);

  button.addEventListener("click", () => {
    const rows = section.querySelectorAll("[data-row]");
    const number = Number(total.value);
    if (number >= most) return;
    const last = rows[rows.length - 1];
    const row = last.cloneNode(true);
    renumber(row, prefix, number);
    last.after(row);
    total.value = String(number + 1);
    button.hidden = number + 1 >= most;
    row.querySelector("input:not([type=hidden]):not([type=radio]), select, textarea")?.focus();
  });
}

function renumber(row, prefix, number) {
  const from = new RegExp(`${prefix}-\\d+-`);
  for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
    for (const name of ["name", "id", "for", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(from, `${prefix}-${number}-`));
    }
  }
  for (const control of row.querySelectorAll("input, textarea")) {
    if (control.type === "radio") {
      control.value = String(number);
      control.checked = false;
    } else if (control.type === "checkbox") control.closest("label").remove();
    else control.value = "";
    control.classList.remove("is-invalid");
    control.removeAttribute("aria-invalid");
  }
  for (const problem of row.querySelectorAll(".problem")) problem.remove();
  for (const field of row.querySelectorAll(".field.bad")) field.classList.remove("bad");
}
