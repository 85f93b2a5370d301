{{ respondents('itip') }}
