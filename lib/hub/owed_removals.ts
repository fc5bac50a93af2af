/** Letters that are removed, and still on the disk. */
export class OwedRemovals {
  /** The ids, by client. */
  readonly #boxes = new Map<string, Set<number>>();

  get empty(): boolean {
    return this.#boxes.size === 0;
  }

  has(clientId: string, id: number): boolean {
    return this.#boxes.get(clientId)?.has(id) ?? false;
  }

  add(clientId: string, id: number): void {
    const box = this.#boxes.get(clientId);
    if (box === undefined) this.#boxes.set(clientId, new Set([id]));
    else box.add(id);
  }

  clear(): void {
    this.#boxes.clear();
  }

  *[Symbol.iterator](): Generator<{ clientId: string; id: number }, void> {
    for (const [clientId, box] of this.#boxes) for (const id of box) yield { clientId, id };
  }
}
