/** What the API refused, in its own words; `status` is 0 where no answer came at all. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, message?: string, param?: string | null}} error
   */
  constructor(status, error) {
    super(
      error.message ||
        `The API returned HTTP status ${status} without an error message. Try again.`,
    );
    this.name = "ApiError";
    this.status = status;
    this.code = error.code ?? "";
    /** The parameter at fault, where it is one. */
    this.param = error.param ?? null;
  }

  /**
   * @param {Response} response
   * @returns {Promise<ApiError>}
   */
  static async of(response) {
    const body = await response.json().catch(() => ({}));
    if (response.status === 429) {
      return new ApiError(429, {
        code: "rate_limit",
        message: "Too many requests. Wait a few seconds and try again.",
      });
    }
    // API Gateway's own answers have a message beside no error.
    return new ApiError(response.status, body.error ?? { message: body.message });
  }

  static unreachable() {
    return new ApiError(0, {
      code: "unreachable",
      message: "The API didn't respond. Check your internet connection and try again.",
    });
  }
}

/**
 * Return an error's words for a person; what is not the API's is a fault of this page.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}
