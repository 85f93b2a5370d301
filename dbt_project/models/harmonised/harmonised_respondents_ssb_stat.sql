{{ respondents('ssb_stat') }}
