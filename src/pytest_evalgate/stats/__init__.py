"""Statistical methods: arrays and counts in, frozen results out. No files, no clock.

Start with ``result`` (the protocol ``Inference``: one procedure seen as test and as interval),
``means`` (the plainest methods), and ``sufficient`` (what a closed-form method needs of the
rows). Every closed-form method is a pure function of sufficient statistics, ``..._from_...``,
beside one of arrays that reduces and calls it.

=====================  ==========================================================================
family                 modules
=====================  ==========================================================================
foundations            ``result``, ``moments``, ``sufficient``, ``sufficient_counts``,
                       ``sufficient_groups``, ``reducers``, ``labels``, ``lattice``, ``shape``
test <-> interval      ``inversion``, ``crossing``, ``joined``
means                  ``means``, ``means_pooled``, ``ratios``, ``covariates``, ``tilted``,
                       ``skewed_levels``, ``folds``
clusters               ``clusters``, ``shares`` (0/1 values), ``sign_flips`` (few clusters)
runs crossed by units  ``crossed``, ``mixed``, ``reml``, ``reml_maximum``, ``spread_shares``
means over tasks       ``tasks``, ``task_scores``, ``task_planning``, ``iqm``
shares of one arm      ``proportions``, ``textbook`` (printed, never deciding)
shares of two arms     ``proportions``, ``unconditional``, ``barnard``, ``restricted``,
                       ``nuisance``, ``contingency``, ``size`` (exact size of these tests)
paired shares          ``pairs``, ``midp``, ``bonett_price``
wins and preferences   ``win_rates``, ``bradley_terry``, ``concordance``
rates of events        ``rates``, ``rates_power``
quantiles              ``quantiles``, ``quantile_differences``, ``quantile_ratios``, ``medians``,
                       ``harrell_davis``, ``rank_counts``, ``order_law``
ranks                  ``rank_sums``, ``signed_rank``, ``rank_shift``, ``rank_laws``,
                       ``rank_splits``, ``superiority``, ``stochastic_order``
spread, distributions  ``spread``, ``distributions``, ``correlations``
sign flips             ``resampling`` (exact), ``subsets``, ``sign_flips`` (drawn), ``flips``
permutations, swaps    ``permutations``, ``splits``, ``swaps``, ``swapped``
bootstrap              ``bootstrap``, ``bootstrap_ratio``, ``bootstrap_statistic``,
                       ``bootstrap_t``, ``bca``, ``convolution``, ``enumeration``, ``replicates``
random streams         ``streams``
classifiers            ``confusion``, ``macro_f1``, ``ranking``, ``auroc``, ``logits``,
                       ``proper_scores``, ``calibration``, ``pass_at_k``
statistics of sets     ``linear`` (ratios of sums), ``linearised`` (pseudo-values), ``weighted``
judges and gold        ``judges``, ``judged_shares``, ``rogan_gladen``, ``judges_power``
many claims            ``correction``, ``levels``, ``weighted_levels``, ``graphs``,
                       ``simultaneous``, ``conjunction``, ``ebh``
many metrics or arms   ``maxt``, ``dunnett``, ``manyt``
many looks             ``sequential``, ``spending``, ``reuse``, ``holdout``
planning               ``power``, ``planning``, ``counts_power``
=====================  ==========================================================================
"""
