"""Lower bounds that all hold together, in accord with what Holm's method rejects."""

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.correction import correct
from pytest_evalgate.stats.inversion import finite_limit, open_level
from pytest_evalgate.stats.result import Inference


@dataclass(frozen=True, slots=True, kw_only=True)
class JointBound:
    """Lower bounds of one effect, each holding together with those of the whole family.

    Args:
        pvalue: One-sided p of H0: effect <= limit.
        is_rejected: By Holm's method.
        low: In accord with Holm: above or at the limit exactly when rejected. None where
            unbounded.
        low_bonferroni: At alpha / m whatever is rejected; more to say of those rejected, and not
            always in accord with Holm. None where unbounded.
    """

    pvalue: float
    is_rejected: bool
    low: float | None
    low_bonferroni: float | None


def holm_bounds(
    effects: Sequence[Inference], limits: Sequence[float], alpha: float
) -> tuple[JointBound, ...]:
    """Bound all effects of a family from below at once, in accord with Holm's method.

    With A the effects not rejected: the rejected ones are bounded by exactly their limit, which
    says no more than the rejection itself, and the others by their bounds at alpha / |A|. If all
    are rejected, each is bounded by its limit or its Bonferroni bound, the larger. The
    probability that any bound is wrong is at most alpha, under any dependence.

    Args:
        effects: Each judged as H0: effect <= limit.
        limits: One per effect.
        alpha: Level of the family, in (0, 0.5].

    Raises:
        UndefinedTestError: No effects, as many limits are not given, alpha out of range.

    Source:
        Strassburger and Bretz (2008), Statistics in Medicine 27(24), 4914-4927; Guilbaud (2008),
        Biometrical Journal 50(5), 678-692.
    """
    open_level(alpha)
    if len(effects) != len(limits):
        raise UndefinedTestError(f"{len(effects)} limits are needed, got {len(limits)}")
    limits = [finite_limit(limit) for limit in limits]
    pvalues = [one.p_greater(limit) for one, limit in zip(effects, limits, strict=True)]
    records = correct(pvalues, alpha, "holm")
    is_rejected = [record.pvalue_adjusted < alpha for record in records]
    kept = len(effects) - sum(is_rejected)
    bounds = []
    for one, limit, p, rejected in zip(effects, limits, pvalues, is_rejected, strict=True):
        bonferroni = one.interval(alpha / len(effects))[0]
        low = bonferroni if rejected else one.interval(alpha / kept)[0]
        low = bound_in_accord(low, limit, is_rejected=rejected, are_all=not kept, is_low=True)
        bounds.append(
            JointBound(pvalue=p, is_rejected=rejected, low=low, low_bonferroni=bonferroni)
        )
    return tuple(bounds)


def bound_in_accord(
    bound: float | None, limit: float, *, is_rejected: bool, are_all: bool, is_low: bool
) -> float | None:
    """Give the bound of one effect that agrees with whether Holm's method rejects it.

    Args:
        bound: Of a rejected effect Bonferroni's, at alpha / m; else that at alpha over the
            number not rejected. None where unbounded.
        limit: What the effect is held against.
        is_rejected: By Holm's method.
        are_all: Whether all of the family are.
        is_low: Whether effects are bounded from below, or from above.
    """
    if bound is None:
        return limit if is_rejected else None
    farther, nearer = (max, min) if is_low else (min, max)
    if not is_rejected:
        return nearer(bound, limit)  # beyond the limit by rounding only
    return farther(limit, bound) if are_all else limit
