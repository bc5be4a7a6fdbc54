/** Small choices that outlive a visit. Storage may be blocked; then they do not. */

export function remember(name, value) {
  try {
    localStorage.setItem(`visavis.${name}`, value);
  } catch {
    // Private windows and strict settings: nothing is kept.
  }
}

export function recall(name, otherwise) {
  try {
    return localStorage.getItem(`visavis.${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}
