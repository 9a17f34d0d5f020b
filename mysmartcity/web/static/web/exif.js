// Reads where a JPEG was taken from its EXIF block. Only this: making a photo smaller loses it.

const GPS_POINTER = 0x8825;

function degrees(view, at, little) {
  const part = (n) => view.getUint32(at + n * 8, little) / (view.getUint32(at + n * 8 + 4, little) || 1);
  return part(0) + part(1) / 60 + part(2) / 3600;
}

function entries(view, start, at, little) {
  const found = new Map();
  const count = view.getUint16(start + at, little);
  for (let n = 0; n < count; n += 1) {
    const entry = start + at + 2 + n * 12;
    found.set(view.getUint16(entry, little), entry);
  }
  return found;
}

function fromTiff(view, start) {
  const little = view.getUint16(start) === 0x4949;
  const first = entries(view, start, view.getUint32(start + 4, little), little);
  if (!first.has(GPS_POINTER)) return null;
  const gps = entries(view, start, view.getUint32(first.get(GPS_POINTER) + 8, little), little);
  if (![1, 2, 3, 4].every((tag) => gps.has(tag))) return null;
  const sign = (tag, minus) => (String.fromCharCode(view.getUint8(gps.get(tag) + 8)) === minus ? -1 : 1);
  const value = (tag) => degrees(view, start + view.getUint32(gps.get(tag) + 8, little), little);
  const point = { lat: sign(1, "S") * value(2), lng: sign(3, "W") * value(4) };
  return Number.isFinite(point.lat) && Number.isFinite(point.lng) ? point : null;
}

/** The place {lat, lng} in a JPEG file, or null. Reads the first 256 KB only. */
export async function placeOf(file) {
  try {
    const view = new DataView(await file.slice(0, 262144).arrayBuffer());
    if (view.getUint16(0) !== 0xffd8) return null;
    for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
      const isExif = view.getUint8(at + 1) === 0xe1 && view.getUint32(at + 4) === 0x45786966;
      if (isExif) return fromTiff(view, at + 10);
      if (view.getUint8(at + 1) === 0xda) return null; // the picture itself begins
    }
  } catch {
    // A file that ends too early or lies about its lengths: the server looks at it anyway.
  }
  return null;
}
