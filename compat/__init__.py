"""The API shapes of 2016 answered from modern, and the settings of the bridge period."""
