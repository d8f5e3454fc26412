// "What did each part do?": asked of the server only when a shopper opens it, since it is a search for each part.

import { currentState, fill } from "./navigate.js";

export function startEffects() {
  // A toggle event doesn't bubble, but can be caught on its way down.
  document.addEventListener(
    "toggle",
    (event) => {
      const details = event.target;
      if (details.id !== "effects-more" || !details.open || "loaded" in details.dataset) return;
      details.dataset.loaded = "";
      const state = currentState();
      state.set("effects", "1");
      fill("effects", state);
    },
    true,
  );
}
