/** What the messages say: words, as people write them, for some hubs compress what they send. */

const WORDS = "the quick hub sends every message to whom it was meant for and no one waits longer than they must while"
  .split(" ");

/** A text of so many bytes, always the same. */
export function words(bytes: number): string {
  let text = "";
  for (let seed = 1; text.length < bytes;) {
    seed = Math.imul(seed, 48_271) >>> 0;
    text += `${WORDS[(seed >>> 16) % WORDS.length]} `;
  }
  return text.slice(0, bytes);
}

/** Where the number of a message goes, which makes it another one than the last. */
export const NUMBER = "00000000";

export function digits(number: number): string {
  return number.toString(16).padStart(NUMBER.length, "0");
}
