/** An error that the API returned. `status` is 0 if the API didn't respond. */
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
    /** The invalid parameter, or null. */
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
    // API Gateway's own responses have a message, but no error object.
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
 * Return the message of an error. Any error other than an ApiError is a defect of this page.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}
