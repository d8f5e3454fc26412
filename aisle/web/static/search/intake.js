// How photos come in: chosen, taken, pasted, dropped anywhere on the page.

import { showNotice } from "../notice.js";
import { text } from "../page.js";
import { openCamera } from "./camera.js";
import * as photos from "./photos.js";

/** Calls `onPhoto(token, beside)` for each photo; `beside` says that it joins those that are there. */
export function startIntake(onPhoto) {
  const file = document.getElementById("photo-file");
  const camera = document.getElementById("camera-file");
  let beside = false;

  const take = async (blob) => {
    try {
      onPhoto(await photos.add(blob), beside);
    } catch (error) {
      if (!(error instanceof photos.PhotoError)) throw error;
      showNotice(text(error.key));
    }
  };
  const choose = (addTo) => {
    beside = addTo;
    file.value = "";
    file.click();
  };
  const alone = (blob) => {
    beside = false;
    return take(blob);
  };

  for (const input of [file, camera]) input.addEventListener("change", () => input.files[0] && take(input.files[0]));
  document.addEventListener("click", (event) => {
    if (event.target.closest("#choose, [data-choose]")) choose(false);
    if (event.target.closest("#add-photo")) choose(true);
    if (event.target.closest("#take")) {
      beside = false;
      openCamera(camera, alone);
    }
  });
  document.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])].find((item) => item.type.startsWith("image/"));
    if (!pasted) return;
    event.preventDefault();
    alone(pasted);
  });
  startDrop(alone);
}

function startDrop(onFile) {
  const cover = document.getElementById("drop");
  const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const leave = () => {
    depth = 0;
    cover.hidden = true;
  };
  document.addEventListener("dragenter", (event) => {
    if (!carriesFile(event)) return;
    depth += 1;
    cover.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    depth -= 1;
    if (carriesFile(event) && depth <= 0) leave();
  });
  document.addEventListener("dragover", (event) => carriesFile(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    leave();
    if (event.dataTransfer.files[0]) onFile(event.dataTransfer.files[0]);
  });
}
