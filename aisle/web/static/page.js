// What every page needs: the configuration the server left, messages, the theme, prices in the browser's own formatting.

export const config = JSON.parse(document.getElementById("config").textContent);

/** The message, with {name} replaced. */
export function text(key, values = {}) {
  return config.texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** An element with attributes and children; text goes in as text, never as markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** A copy of one of the icons that the server left for scripts. */
export function icon(name) {
  return document.getElementById("icons").content.querySelector(`.icon-${name}`).cloneNode(true);
}

/** A name for this visit, made by chance and forgotten with the tab: what tells one visitor's queries from another's. */
export function visit() {
  const key = "aisle.session";
  try {
    let name = sessionStorage.getItem(key);
    if (!name) {
      name = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem(key, name);
    }
    return name;
  } catch {
    return "";
  }
}

const formats = new Map();

function format(currency, whole) {
  const key = `${currency}${whole}`;
  if (!formats.has(key)) {
    const digits = whole ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {};
    formats.set(key, new Intl.NumberFormat(config.language, { style: "currency", currency, currencyDisplay: "narrowSymbol", ...digits }));
  }
  return formats.get(key);
}

/** Writes every price under `root` as the shopper's language does. */
export function formatPrices(root = document) {
  for (const price of root.querySelectorAll("data[data-currency]")) {
    const amount = Number(price.value);
    if (!/^[A-Za-z]{3}$/.test(price.dataset.currency)) continue;
    try {
      price.textContent = format(price.dataset.currency.toUpperCase(), Number.isInteger(amount)).format(amount);
    } catch {
      // A currency the browser doesn't know keeps the server's text.
    }
  }
}

function currentTheme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

function startTheme() {
  const button = document.getElementById("theme");
  const label = button.querySelector("span");
  const show = () => {
    const other = currentTheme() === "dark" ? button.dataset.light : button.dataset.dark;
    label.textContent = other;
    button.title = other;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const theme = currentTheme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    document.querySelector("meta[name=color-scheme]").content = theme;
    document.cookie = `theme=${theme}; path=${config.prefix}/; max-age=31536000; samesite=lax`;
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
}

/** The language link leads to this very page, wherever scripts have led since. */
function startLanguage() {
  const link = document.getElementById("language");
  link?.addEventListener("click", () => {
    const query = new URLSearchParams(location.search);
    query.set("lang", link.lang);
    link.href = `?${query}`;
  });
}

export function startPage() {
  startTheme();
  startLanguage();
  formatPrices();
}
