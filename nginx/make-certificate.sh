#!/bin/sh
# Puts tls.crt and tls.key into /tls: the given ones (/given), or self-signed ones, made anew when they name another domain or
# end within a month. They belong to the group of this process, which is the one that nginx reads them by.
set -eu
umask 027
domain=${STORM_DOMAIN:-localhost}

if [ -e /given/tls.crt ]; then
  cp /given/tls.crt /tls/tls.crt.new
  cp /given/tls.key /tls/tls.key.new
  what=given
elif [ -e /tls/tls.crt ] && openssl x509 -in /tls/tls.crt -noout -checkend 2592000 >/dev/null &&
  openssl x509 -in /tls/tls.crt -noout -ext subjectAltName | tr -d ' ' | tr , '\n' | grep -qxF -e "DNS:$domain" -e "IPAddress:$domain"; then
  echo "certificate: the one for $domain is still good"
  exit
else
  case $domain in
    localhost) names= ;;
    *[!0-9.]*) names=DNS:$domain, ;;
    *) names=IP:$domain, ;;
  esac
  # 825 days: the longest that Apple's systems accept.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 825 -subj "/CN=$domain" \
    -addext "subjectAltName=${names}DNS:localhost,IP:127.0.0.1" -addext extendedKeyUsage=serverAuth -addext basicConstraints=critical,CA:FALSE \
    -keyout /tls/tls.key.new -out /tls/tls.crt.new 2>/dev/null
  what=self-signed
fi

chmod 640 /tls/tls.key.new /tls/tls.crt.new
mv /tls/tls.key.new /tls/tls.key
mv /tls/tls.crt.new /tls/tls.crt
echo "certificate: $what, for $domain"
