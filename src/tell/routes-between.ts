/** Routes come between interface calls at most this often (docs/rules.md, rule 7). */
const betweenMs = 1000;

/** Decides when a list of routes may go between interface calls that wait. */
export class RoutesBetween {
	/** Since when interface calls have been waiting without a pause. */
	#busySince: number | undefined;
	/** When the last list was sent. */
	#cameAt = Number.NEGATIVE_INFINITY;

	/** @param isRoutes whether the turn is that of the routes themselves */
	mayCome(isRoutes: boolean, now: number): boolean {
		if (isRoutes) {
			this.#busySince = undefined;
			return false;
		}
		this.#busySince ??= now;
		return now - Math.max(this.#busySince, this.#cameAt) >= betweenMs;
	}

	came(now: number): void {
		this.#cameAt = now;
	}

	/** No call is waiting. */
	drained(): void {
		this.#busySince = undefined;
	}
}
