import { useEffect, useState } from "preact/hooks";

/** A value outside of views. Views subscribe to its changes. */
export class Store<Value> {
  #followers: Set<() => void> = new Set();
  #value;

  constructor(value: Value) {
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  set value(value) {
    this.#value = value;
    for (const follower of this.#followers) follower();
  }

  /**
   * @param follower called after every change
   * @returns ends it
   */
  follow(follower: () => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

/** Render the view again whenever the store changes. */
export function useStore<Value>(store: Store<Value>): Value {
  const [, render] = useState({});
  useEffect(() => {
    render({}); // it may have changed between the first rendering and now
    return store.follow(() => render({}));
  }, [store]);
  return store.value;
}
