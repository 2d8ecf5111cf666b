@"%~dp0lua.exe" "%~dp0triplet" %*
