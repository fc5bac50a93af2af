/** An exponent that Python writes with two digits. */
const SHORT_EXPONENT = /^e-\d(\D|$)/;
const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a, E = 0x65;

/**
 * Whether a frame is longer than `limit` bytes once Python's hub has written it anew with `json.dumps`, as it does for
 * each receiver: every character that is not printable ASCII then takes six bytes (twelve outside the basic plane), and a space
 * follows each comma and colon. Small numbers are written a digit longer.
 */
export function pythonExceeds(json: string, limit: number): boolean {
  if (json.length > limit) return true;
  if (json.length * 6 <= limit) return false;
  let length = json.length;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (code >= 0x7f) length += 5;
    else if (code === QUOTE) inString = !inString;
    else if (code === BACKSLASH) index++;
    else if (
      !inString && (code === COMMA || code === COLON || code === E && SHORT_EXPONENT.test(json.slice(index, index + 4)))
    ) length++;
  }
  return length > limit;
}
