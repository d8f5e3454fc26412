// How photos, clips and recordings come in: chosen, taken, pasted, dropped anywhere on the page; a photo's or a clip's link pasted
// into the box.

import { hideNotice, showNotice } from "../notice.js";
import { text } from "../page.js";
import { openCamera } from "./camera.js";
import { isClip, isClipLink } from "./clips.js";
import * as photos from "./photos.js";
import { useRecording } from "./voice.js";
import { takeClip } from "./watching.js";

const PATIENCE_MS = 400;

/** Calls `usePhoto(token, beside)` or `useClip(clip, beside)` for what comes in; `beside` says that it joins what is there. */
export function startIntake({ usePhoto, useClip }) {
  const file = document.getElementById("photo-file");
  const camera = document.getElementById("camera-file");
  let beside = false;
  let latest = 0;

  const take = async (blob) => {
    const joins = beside;
    if (isClip(blob)) return takeClip(blob, (clip) => useClip(clip, joins));
    if (blob.type.startsWith("audio/")) return useRecording(blob);
    return takePhoto(photos.add(blob), joins);
  };
  // A photo that the server must fetch or draw takes its time: who has gone on meanwhile isn't called back.
  const takePhoto = async (coming, joins) => {
    const mine = (latest += 1);
    const { href } = location;
    let late = false;
    const gone = () => mine !== latest || (late && location.href !== href);
    const told = setTimeout(() => {
      late = true;
      if (!gone()) showNotice(text("photoComing"));
    }, PATIENCE_MS);
    try {
      const token = await coming;
      if (gone()) return;
      hideNotice();
      usePhoto(token, joins);
    } catch (error) {
      if (gone()) return;
      if (!(error instanceof photos.PhotoError)) throw error;
      showNotice(text(error.key));
    } finally {
      clearTimeout(told);
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
    const pasted = [...(event.clipboardData?.files ?? [])].find((item) => /^(image|video)\//.test(item.type));
    const link = event.clipboardData?.getData("text/plain") ?? "";
    const inBox = event.target.id === "q";
    const toClip = inBox && isClipLink(link);
    const toPhoto = inBox && photos.isPhotoLink(link);
    if (!pasted && !toClip && !toPhoto) return;
    event.preventDefault();
    if (pasted) alone(pasted);
    else if (toClip) takeClip(link, (clip) => useClip(clip, false));
    else takePhoto(photos.fromLink(link), false);
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
