-- A kommune's ten indicators beside its peers: its score before the reform and after, and where it stands.
select
    profile.kommunenr,
    profile.kommunenavn,
    profile.fylkesnavn,
    profile.peer_group_nb,
    profile.peer_group_en,
    profile.indicator_no,
    profile.indicator,
    profile.indicator_nb,
    profile.indicator_en,
    profile.previous_wave,
    profile.previous_score,
    profile.wave,
    profile.score,
    profile.score_nb,
    profile.score_en,
    profile.peer_mean_score,
    profile.mean_score,
    profile.peer_percentile,
    profile.percentile,
    profile.n_peers,
    profile.method,
    profile.is_synthetic
from marts.kommune_profile as profile
qualify profile.wave = max(profile.wave) over ()
