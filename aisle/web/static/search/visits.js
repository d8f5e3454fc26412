// What the product page wants to know about the search it was opened from: the way back, and why this product was in it.

export const VISIT_KEY = "aisle.visit";

/** Remembers the search when a result is opened. */
export function startVisits() {
  document.addEventListener("click", (event) => {
    const card = event.target.closest(".card-link")?.closest(".card");
    if (!card) return;
    const why = [...card.querySelectorAll(".bar")].map((bar) => ({
      label: bar.querySelector(".bar-label").textContent,
      points: bar.querySelector(".bar-points").textContent,
      share: Number(bar.querySelector(".bar-fill").getAttribute("width")),
      helps: !bar.classList.contains("is-against"),
    }));
    const visit = { id: card.dataset.id, from: location.pathname + location.search, why };
    try {
      sessionStorage.setItem(VISIT_KEY, JSON.stringify(visit));
    } catch {
      // Without it the product page merely lacks its way back.
    }
  });
}
