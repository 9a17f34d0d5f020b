// Makes big photos smaller on the phone, because data is dear, and shows how far the sending is. The place
// in a photo is read before, as the smaller copy has lost it. Without this module the form sends the photos
// as they are.

import { placeOf } from "./exif.js";

const BIG = 1.5 * 1024 * 1024;
const LONGEST = 2048;

async function smaller(file) {
  if (file.size <= BIG || !/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
    return blob && blob.size < file.size ? new File([blob], file.name, { type: "image/jpeg" }) : file;
  } catch {
    return file; // the server says what is wrong with it
  }
}

function preview(files, box) {
  box.replaceChildren(
    ...files.map((file) => {
      const image = new Image(160, 120);
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      image.addEventListener("load", () => URL.revokeObjectURL(image.src));
      // Not every phone draws every kind (HEIC): then its name stands there.
      image.addEventListener("error", () => image.replaceWith(file.name));
      return image;
    }),
  );
  box.hidden = files.length === 0;
}

function send(form, body) {
  const bar = form.querySelector("[data-upload]");
  const request = new XMLHttpRequest();
  bar.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.querySelector("progress").value = (100 * event.loaded) / event.total;
  });
  // The answer of a redirect is the next screen: go there, so that address and Back are right.
  request.addEventListener("load", () => {
    if (request.status < 400) location.assign(request.responseURL);
    else form.submit();
  });
  request.addEventListener("error", () => {
    bar.hidden = true;
    delete form.dataset.busy;
    form.submit();
  });
  request.open("POST", form.action);
  request.send(body);
}

const form = document.querySelector("[data-photo-form]");
const input = form?.querySelector("input[type=file]");
if (input) {
  input.addEventListener("change", async () => {
    const files = [...input.files];
    preview(files, form.querySelector("[data-photo-preview]"));
    // Beside chosen photos it would only be a way to lose them.
    form.querySelector("[data-skip]").hidden = files.length > 0;
    for (const file of files) {
      const point = await placeOf(file);
      if (point) {
        form.elements.photo_lat.value = point.lat.toFixed(6);
        form.elements.photo_lng.value = point.lng.toFixed(6);
        break;
      }
    }
  });
  form.addEventListener("submit", async (event) => {
    if (!input.files.length || event.submitter?.hasAttribute("data-skip")) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    const body = new FormData(form);
    body.delete(input.name);
    for (const file of input.files) body.append(input.name, await smaller(file));
    send(form, body);
  });
}
