// A photograph: a PNG with light, shadow and noise, made here.
const zlib = require("node:zlib");

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(zlib.crc32(body), body.length + 4);
  return framed;
}

function photograph(width = 640, height = 480) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, red green blue
  const rows = Buffer.alloc(height * (1 + width * 3));
  let noise = 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      noise = (noise * 48271) % 0x7fffffff;
      const at = y * (1 + width * 3) + 1 + x * 3;
      const light = Math.hypot(x - width / 3, y - height / 3) / width;
      rows[at] = Math.max(0, 250 - 200 * light) + (noise % 5);
      rows[at + 1] = 120 + 100 * (y / height) + (noise % 3);
      rows[at + 2] = 90 + 120 * light;
    }
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header), chunk("IDAT", zlib.deflateSync(rows)), chunk("IEND", Buffer.alloc(0)),
  ]);
}

module.exports = { photograph };
