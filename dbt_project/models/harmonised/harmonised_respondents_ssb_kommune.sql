{{ respondents('ssb_kommune') }}
