{{ respondents('dfo_innbygger') }}
