// Suggestions under the box: an ARIA combobox with what the shop offers and what this shopper searched lately.

import { config, element, icon, text } from "../page.js";

const RECENT_KEY = "aisle.recent";
const RECENT_KEPT = 8;
const RECENT_SHOWN = 4;
const OFFERED = 6;
const KIND_LABELS = { type: "kindType", brand: "kindBrand", category: "kindCategory" };

const field = document.getElementById("q");
const popup = document.getElementById("suggestions");

function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(RECENT_KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((item) => typeof item === "string") : [];
  } catch {
    return [];
  }
}

function keepRecent(items) {
  try {
    localStorage.setItem(RECENT_KEY, JSON.stringify(items.slice(0, RECENT_KEPT)));
  } catch {
    // Private windows may keep nothing.
  }
}

export function remember(words) {
  if (words.trim()) keepRecent([words.trim(), ...recent().filter((item) => item !== words.trim())]);
}

/** The text with what was not typed in bold. */
function emphasised(suggestion, typed) {
  const at = typed ? suggestion.toLowerCase().indexOf(typed.toLowerCase()) : -1;
  if (at < 0) return [element("b", {}, suggestion)];
  const end = at + typed.length;
  return [element("b", {}, suggestion.slice(0, at)), suggestion.slice(at, end), element("b", {}, suggestion.slice(end))];
}

export class Suggestions {
  /** `onChoose(words)` is called for a suggestion that was chosen. */
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.active = -1;
    this.typed = "";
    this.turn = 0;
    this.controller = null;
    popup.addEventListener("pointerdown", (event) => event.preventDefault());
    popup.addEventListener("click", (event) => this.clicked(event));
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("blur", () => this.close());
  }

  get options() {
    return [...popup.querySelectorAll("[role=option]")];
  }

  get isOpen() {
    return !popup.hidden;
  }

  /** Fetch and show what completes the words in the field. */
  async update() {
    const turn = ++this.turn;
    this.typed = field.value;
    this.controller?.abort();
    this.controller = new AbortController();
    const words = this.typed.trim();
    let offered = [];
    if (words) {
      const query = new URLSearchParams({ q: words, locale: config.language, limit: OFFERED });
      try {
        const answer = await fetch(`${config.prefix}/v1/suggest?${query}`, { signal: this.controller.signal });
        if (answer.ok) offered = (await answer.json()).suggestions;
      } catch {
        return; // Suggestions are a courtesy: without them the search goes on.
      }
    }
    if (turn === this.turn && document.activeElement === field) this.show(words, offered);
  }

  show(words, offered) {
    const folded = words.toLowerCase();
    const lately = recent().filter((item) => item.toLowerCase().startsWith(folded) && item.toLowerCase() !== folded);
    const seen = new Set(lately.slice(0, RECENT_SHOWN));
    const fresh = offered.filter((item) => !seen.has(item.text) || KIND_LABELS[item.kind]);
    const rows = [
      ...[...seen].map((item, i) => this.recentRow(item, words, i)),
      ...fresh.map((item, i) => this.offeredRow(item, words, seen.size + i)),
    ];
    this.active = -1;
    field.removeAttribute("aria-activedescendant");
    if (!rows.length) return this.close();
    popup.replaceChildren(...rows);
    popup.hidden = false;
    field.setAttribute("aria-expanded", "true");
  }

  recentRow(item, words, index) {
    const label = text("recentRemove", { name: item });
    const forget = element("span", { class: "forget", title: label, "data-forget": item }, icon("close"));
    const row = element("div", { role: "option", id: `option-${index}`, "aria-selected": "false", class: "option is-recent", "data-words": item });
    row.append(icon("clock"), element("span", { class: "option-text" }, ...emphasised(item, words)), forget);
    return row;
  }

  offeredRow(item, words, index) {
    const kind = KIND_LABELS[item.kind];
    const row = element("div", { role: "option", id: `option-${index}`, "aria-selected": "false", class: `option${kind ? " is-kind" : ""}`, "data-words": item.text });
    row.append(icon(item.kind === "product" ? "tag" : "search"), element("span", { class: "option-text" }, ...emphasised(item.text, words)));
    if (kind) row.append(element("span", { class: "option-kind" }, text(kind)));
    return row;
  }

  close() {
    this.turn += 1;
    popup.hidden = true;
    this.active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  clicked(event) {
    const forget = event.target.closest("[data-forget]");
    if (forget) return this.forget(forget.dataset.forget);
    const row = event.target.closest("[role=option]");
    if (row) this.choose(row.dataset.words);
  }

  forget(words) {
    keepRecent(recent().filter((item) => item !== words));
    field.value = this.typed;
    this.update();
  }

  choose(words) {
    this.close();
    this.onChoose(words);
  }

  move(step) {
    const options = this.options;
    const places = options.length + 1; // one more for the field itself
    this.active = ((this.active + 1 + step + places) % places) - 1;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.active)));
    const option = options[this.active];
    field.value = option ? option.dataset.words : this.typed;
    if (option) {
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.isOpen) this.move(event.key === "ArrowDown" ? 1 : -1);
      else this.update();
    } else if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      field.value = this.typed;
      this.close();
    } else if (event.key === "Delete" && event.shiftKey && this.active >= 0 && this.options[this.active].classList.contains("is-recent")) {
      event.preventDefault();
      this.forget(this.options[this.active].dataset.words);
    }
  }
}
