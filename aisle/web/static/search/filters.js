// Filters and sort: any change searches at once. On a phone the filters move into a sheet.

import { onSwap, submit } from "./navigate.js";

const sheet = document.getElementById("filter-sheet");

function changed(event) {
  const control = event.target;
  if (control.getAttribute("form") !== "search" || !control.matches("select, input[type=checkbox], input[type=number]")) return;
  if (control.hasAttribute("data-single") && control.checked) {
    for (const other of document.getElementsByName(control.name)) other.checked = other === control;
  }
  submit();
}

function place() {
  const home = document.getElementById(sheet.open ? "filter-slot" : "filter-home");
  home.append(document.getElementById("filters"));
}

export function startFilters() {
  document.addEventListener("change", changed);
  document.addEventListener("click", (event) => {
    if (event.target.closest("#filter-open")) {
      sheet.showModal();
      place();
    }
    if (event.target.closest("#filter-close, #filter-done") || event.target === sheet) sheet.close();
  });
  sheet.addEventListener("close", place);
  matchMedia("(min-width: 60em)").addEventListener("change", () => sheet.close());
  const done = document.getElementById("filter-done");
  const show = done.textContent;
  onSwap(() => {
    const count = document.getElementById("status").textContent;
    done.textContent = count || show;
  });
}
