import { useEffect, useState } from "preact/hooks";

/**
 * A value outside of views. Views subscribe to its changes.
 *
 * @template Value
 */
export class Store {
  /** @type {Set<() => void>} */
  #followers = new Set();
  #value;

  /** @param {Value} value */
  constructor(value) {
    this.#value = value;
  }

  /** @returns {Value} */
  get value() {
    return this.#value;
  }

  set value(value) {
    this.#value = value;
    for (const follower of this.#followers) follower();
  }

  /**
   * @param {() => void} follower called after every change
   * @returns {() => void} ends it
   */
  follow(follower) {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

/**
 * Render the view again whenever the store changes.
 *
 * @template Value
 * @param {Store<Value>} store
 * @returns {Value}
 */
export function useStore(store) {
  const [, render] = useState({});
  useEffect(() => {
    render({}); // it may have changed between the first rendering and now
    return store.follow(() => render({}));
  }, [store]);
  return store.value;
}
