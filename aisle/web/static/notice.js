// One place where trouble is said, with a way to go on.

import { element, text } from "./page.js";

const notice = document.getElementById("notice");

function action(label, act) {
  const button = element("button", { type: "button", class: "quiet" }, label);
  button.addEventListener("click", act);
  return button;
}

/** Says what is wrong; `retry`, if there is one, is offered as a button. */
export function showNotice(message, retry = null) {
  const actions = retry ? [action(text("retry"), retry)] : [];
  notice.replaceChildren(element("p", {}, message), ...actions, action(text("dismiss"), hideNotice));
  notice.hidden = false;
}

export function hideNotice() {
  notice.hidden = true;
}
