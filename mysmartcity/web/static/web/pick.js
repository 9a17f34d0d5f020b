// Choosing a place: the cross in the middle of the map is the place, so it works by thumb, by mouse and by the
// arrow keys alike. A tap moves the map there.

import { makeMap } from "./leaflet.js";

export async function pick(form) {
  const frame = form.querySelector("[data-map-pick]");
  frame.hidden = false;
  const canvas = frame.querySelector("[data-map-canvas]");
  const { map } = await makeMap(canvas, { outlines: frame.dataset.mapOutlines, tiles: frame.dataset.mapTiles, credit: frame.dataset.mapCredit });
  const cross = document.querySelector("[data-map-cross]").content.cloneNode(true);
  canvas.append(cross);
  const [lat, lng, zoom] = frame.dataset.mapStart.split(",").map(Number);
  const write = () => {
    const at = map.getCenter();
    form.elements.pick.value = `${at.lat.toFixed(6)},${at.lng.toFixed(6)}`;
  };
  map.on("move", write);
  map.on("click", (event) => map.panTo(event.latlng));
  map.setView([lat, lng], zoom, { animate: false });
  write();
  canvas.focus();
}
