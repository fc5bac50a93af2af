/** The envelopes that our clients send: exactly seven keys. */

/** One envelope as JSON text. */
export function envelope(from: string, to: string, type: string, content: unknown, number = "00000000"): string {
  return JSON.stringify({
    msg_id: `${from}_${Date.now()}_${number}`,
    from_client_id: from,
    to_client_id: to,
    msg_type: type,
    content,
    timestamp: Date.now() / 1000,
    oss_key: null,
  });
}
