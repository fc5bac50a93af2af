/** What a refusal says; "ok" for what is none. Reads the answer to its end. */
export async function codeOf(answer: Response | Promise<Response>): Promise<string> {
  const response = await answer;
  const text = await response.text();
  return response.ok ? "ok" : /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? String(response.status);
}
