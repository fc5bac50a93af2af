// deno-lint-ignore-file no-control-regex -- bytes as characters

/** What images begin with. */
const BEGINNINGS = [
  /^\x89PNG\r\n\x1a\n/,
  /^\xff\xd8\xff/, // JPEG
  /^GIF8[79]a/,
  /^RIFF[^]{4}WEBP/,
  /^BM[^]{8}/,
  /^(II\x2a\0|MM\0\x2a)/, // TIFF
  /^\0\0\x01\0/, // Windows icon
  /^[^]{4}ftyp(avif|avis|heic|heix|hevc|mif1|msf1)/,
  /^(\xff\x0a|\0\0\0\x0cJXL )/, // JPEG XL
  /^(\xef\xbb\xbf)?\s*<(\?xml|!--|!DOCTYPE svg|svg)/i,
];

/** Whether a file that begins so is a picture. 32 bytes tell. */
export function looksLikeImage(beginning: Uint8Array): boolean {
  const text = String.fromCharCode(...beginning.subarray(0, 32));
  return BEGINNINGS.some((pattern) => pattern.test(text));
}
