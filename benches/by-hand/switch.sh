# A careful person's own script for one host: what Flipside's switch is measured against. It checks the
# color, writes the include, tests, reloads, records, says SWITCHED once users are answered by the new
# color, VERIFIED after three right answers in a row, and then brings the jobs along.
#
#   switch.sh COLOR PORT FILE          COLOR is `none` where only jobs run
set -eu
color=$1 port=$2 file=$3
cd /srv/shop
jobs() {
    docker compose -p shop --project-directory /srv/shop -f "/srv/shop/$file" up -d --no-deps djobs cron </dev/null >/dev/null 2>&1
    echo DONE
}
if [ "$color" = none ]; then
    jobs
    exit
fi
curl -sf -m 5 -o /dev/null "http://127.0.0.1:$port/health"
include=/etc/nginx/flipside/shop-live.conf
printf 'upstream shop_live {\n    server 127.0.0.1:%s max_fails=0;\n}\n' "$port" >"$include.new"
mv "$include.new" "$include"
sudo -n nginx -t 2>/dev/null
sudo -n nginx -s reload
right=0 told=
while [ "$right" -lt 3 ]; do
    case $(curl -s -m 2 -o /dev/null -D - -H 'Connection: close' http://127.0.0.1/health) in
    *"X-Flipside-Color: $color"*)
        right=$((right + 1))
        [ -n "$told" ] || { echo SWITCHED; told=1; }
        ;;
    *) right=0 ;;
    esac
done
ln -s "$file" link.new
mv -T link.new docker-compose.yml
echo "$color" >live-color
echo VERIFIED
jobs
