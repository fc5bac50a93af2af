// What we use of @std/text/levenshtein-distance, with its own signature.

export function levenshteinDistance(str1: string, str2: string): number;
