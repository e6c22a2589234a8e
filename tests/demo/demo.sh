#!/usr/bin/env bash
# The region's main job on two districts side by side: the real one as published, the training one with made-up
# exam counts. Separate client processes play schools, districts and the ministry against one server.
# usage: demo.sh BUILD_DIR STATE_DIR
# SHANS_DEMO_RUNNING: address of a server that runs elsewhere; whom to trust for it and the owner's connection, which
# issues the keys, come from the environment of shans and shans-server. Otherwise a server is started for the demo.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$2"
state=$(cd "$2" && pwd)
address=${SHANS_DEMO_RUNNING:-${SHANS_DEMO_ADDRESS:-tcp://127.0.0.1:7412}}
owner=(--embedded "$state/pg")
[ -z "${SHANS_DEMO_RUNNING:-}" ] || owner=()
lang=${SHANS_LANG:-ru}
export SHANS_LANG=$lang NO_COLOR=1
started=$SECONDS

if [ "$lang" = ru ]; then say() { printf '\n\033[1m== %s\033[0m\n' "$1"; }; else say() { printf '\n\033[1m== %s\033[0m\n' "$2"; }; fi
[ -t 1 ] || say() { if [ "$lang" = ru ]; then printf '\n== %s\n' "$1"; else printf '\n== %s\n' "$2"; fi; }

# A client of one person: its own process, token and outbox.
as() {
    local who=$1
    shift
    "$build/shans" --server "$address" --token-file "$state/tokens/$who" --state "$state/clients/$who" "$@"
}

server_pid=
stop() {
    if [ -n "$server_pid" ]; then
        kill "$server_pid" 2>/dev/null || true
        wait "$server_pid" 2>/dev/null || true
    fi
}
trap stop EXIT

rm -rf "$state/tokens" "$state/clients" "$state/pg" "$state/work"
mkdir -p "$state/tokens" "$state/clients" "$state/work"

if [ -z "${SHANS_DEMO_RUNNING:-}" ]; then
    say "Сервер с собственной базой PostgreSQL" "The server with its own PostgreSQL"
    "$build/shans-server" serve --embedded "$state/pg" --listen "$address" --region 66 \
        --region-name "Свердловская область" >"$state/server.log" 2>&1 &
    server_pid=$!
else
    say "Сервер по адресу $address" "The server at $address"
fi
for _ in $(seq 300); do
    if "$build/shans" --server "$address" server info >"$state/work/info" 2>"$state/work/fault"; then break; fi
    [ -z "$server_pid" ] || kill -0 "$server_pid" 2>/dev/null || { cat "$state/server.log" >&2; exit 1; }
    sleep 0.2
done
cat "$state/work/info" "$state/work/fault"

token() { # login role org name
    "$build/shans-server" token "${owner[@]}" --login "$1" --role "$2" --org "$3" --name "$4" \
        --days 30 --out "$state/tokens/$1" >/dev/null
    [ -r "$state/tokens/$1" ] || { echo "token $1 not issued" >&2; exit 1; }
}

say "Министерство заводит организации: район как опубликован и учебный район (вымышленный)" \
    "The ministry loads the organisations: a district as published and a fictitious training district"
token ministry ministry_analyst 66 "Министерство, аналитик"
as ministry org import "$here/orgs.csv" --links "$here/links.csv"
as ministry org show 66-training-906
token methodologist methodologist 66 "Методолог"
token pervouralsk district_coordinator 66-pervouralsk "Первоуральск, координатор"
token training district_coordinator 66-training "Учебный район, координатор"
schools="901 902 903 904 905 906 908 909 910 911 912"
for n in $schools; do token "s$n" school_head "66-training-$n" "Учебная школа $n, директор"; done

say "Первоуральск, опубликованные данные: группы идентификации, ставки специалистов, рисковые профили" \
    "Pervouralsk as published: identification groups, support staff, risk profiles"
awk -F'\t' -v OFS=, 'BEGIN { print "school,period,wellbeing_group,quality_group,quality_cluster,declared_typology,support_group,listed"
    code["disadvantaged"] = "DISADVANTAGED"; code["resilient"] = "RESILIENT"; code["underperforming"] = "UNDERPERFORMING"
    code["conditionally_well"] = "CONDITIONAL"; code["well"] = "WELL" }
    /^#/ || $1 == "school" { next }
    { print "66-pervouralsk-" $1, 2022, $5, $6, $8, code[$7], ($3 == "" ? "none" : $3), ($4 == 1 ? "yes" : "no") }' \
    "$here/pervouralsk/schools.tsv" >"$state/work/identification.csv"
order14="Распоряжение № 14 от 11.01.2023, Управление образования городского округа Первоуральск"
as ministry results import "$state/work/identification.csv" --form identification --source region --method PERV-2023 \
    --document "$order14"
awk -F'\t' -v OFS=, 'function cell(main, part) { return main == 0 && part == 0 ? 0 : part == 0 ? main : main == 0 ? part "*" : main "; " part "*" }
    /^#/ { next }
    $1 == "school" { print "school,period,social_pedagogue,tutor,psychologist,speech_therapist,defectologist,organizer,extra_education,vacancies"; next }
    { print "66-pervouralsk-" $1, 2023, cell($2, $3), cell($4, $5), cell($6, $7), cell($8, $9), cell($10, $11), cell($12, $13), cell($14, $15), $16 }' \
    "$here/pervouralsk/staffing.tsv" >"$state/work/staffing.csv"
as pervouralsk results import "$state/work/staffing.csv" --form staffing_support --source district
awk -F'\t' -v OFS=, 'function cell(n, share) { return share == "" ? n : n "/" share " %" }
    /^#/ { next }
    $1 == "school" { print "school,period,teachers,high,attested,attesting,share_base,high_reported_pct,research_lead,experimental,shares_experience,contest_municipal,contest_national,contest_international"; next }
    { print "66-pervouralsk-" $1, 2022, $2, "?", "?", "?", "attested", $3, cell($4, $5), cell($6, $7), cell($8, $9), cell($10, $11), cell($12, $13), cell($14, $15) }' \
    "$here/pervouralsk/attestation.tsv" >"$state/work/attestation.csv"
as pervouralsk results import "$state/work/attestation.csv" --form attestation --source district | tail -n 1
awk -F'\t' -v OFS=, '/^#/ { next } $1 == "school" { print "school,period,participants"; next } { print "66-pervouralsk-" $1, 2022, $2 }' \
    "$here/pervouralsk/ict_competence.tsv" >"$state/work/ict.csv"
as pervouralsk results import "$state/work/ict.csv" --form ict_assessment --source district | tail -n 1
awk -F'\t' -v OFS=, '/^#/ { next } $1 == "school" { print "school,period,row,actual,next,after_next"; next } { print "66-pervouralsk-" $1, 2023, "all", $2, $3, $4 }' \
    "$here/pervouralsk/finance.tsv" >"$state/work/finance.csv"
as pervouralsk results import "$state/work/finance.csv" --form finance --source district
as ministry risk import "$here/pervouralsk/risk_factors.tsv" --groups "$here/pervouralsk/schools.tsv" \
    --school-prefix 66-pervouralsk- --period 2023 --document "Таблицы 4-6 муниципальной программы"

say "Словарь групп и официальные перечни: «ШНОР» — 11 школ или 8, «ШАНС» без уточнения не принимается" \
    "The dictionary of groups and official lists: ShNOR is 11 schools or 8, ShANS alone is refused"
as ministry group import "$here/pervouralsk/groups.csv"
list() { as ministry list import --school-prefix 66-pervouralsk- "$@"; }
list --group shans:programme --document "$order14" --schools "1, 3, 5, 6, 10, 11, 12, 16, 20, 22, 26, 28, 29, 36, 40" >"$state/work/list"
list --group shans:risk --document "$order14" --schools "5, 6, 11, 29" >"$state/work/list"
list --group shnor:municipal --document "$order14" --schools "1, 3, 10, 12, 16, 20, 22, 26, 28, 36, 40" >"$state/work/list"
list --group shnor:regional --schools "1, 3, 10, 22, 26, 28, 36, 40" \
    --document "Приказ № 486-Д от 21.04.2023, Министерство образования и молодёжной политики Свердловской области" >"$state/work/list"
list --group ШАНС --document "$order14" --schools "1 3,5,6,9,10,16,26" || true
list --group shans:low --within shans:programme --partial --dry-run --document "$order14" --schools "1 3,5,6,9,10,16,26" |
    head -n 12
as ministry group list --on-date 2023-09-01

say "Учебные школы отправляют результаты, каждая своей программой" \
    "Training schools send their results, each by a client of its own"
for n in $schools; do
    if [ "$n" = 905 ]; then continue; fi
    as "s$n" results import "$here/training/$n.csv" >"$state/work/receipt-$n" || { cat "$state/work/receipt-$n"; exit 1; }
done
as training results import "$here/training/907.csv" --source district
tail -n 4 "$state/work/receipt-901"

say "Программа школы 905 убита на полпути; данные ждут в очереди и уходят после возвращения" \
    "The client of school 905 is killed half-way; its data wait in the outbox and leave when it is back"
SHANS_FAILPOINTS="sender.before_call=exit" as s905 results import "$here/training/905.csv" >/dev/null 2>&1 || true
as s905 outbox list
as s905 outbox send --once

say "Координатор возвращает одну форму на доработку, школа исправляет клетку" \
    "The coordinator returns one form at a cell, the school corrects it"
id=$(as training review list --under 66-training-901 --format csv | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["period"] == 2022 { print $column["id"] }')
as training review return "$id" --mark results/VPR.RUS.5/enrolled="Проверьте число обучающихся по списку" \
    --comment "Уточните одну клетку"
as s901 form get 66-training-901 assessment_results 2022 >/dev/null
as s901 form set 66-training-901 assessment_results 2022 results/VPR.RUS.5/enrolled=30
as s901 form submit 66-training-901 assessment_results 2022
# Nobody accepts figures of their own: the coordinator those of the schools, the ministry those of the district.
waiting() { # who source
    as "$1" review list --under 66-training --state submitted --format csv |
        awk -F, -v source="$2" 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
            $column["source"] == source { print $column["id"] }'
}
for form in social_passport staffing_teachers staffing_support microdistrict; do
    as training results import "$here/training/$form.csv" --form "$form" --source district | tail -n 1
done
# shellcheck disable=SC2046
as training review accept $(waiting training school) | tail -n 3
# shellcheck disable=SC2046
as ministry review accept $(waiting ministry district) | tail -n 3
as ministry results import "$here/training/identification.csv" --form identification --source region | tail -n 1

say "Министерство считает по профилю PERV-2023 и утверждает редакцию" \
    "The ministry runs the profile PERV-2023 and publishes an edition"
run=$(as ministry run start --method PERV-2023 --year 2022 --wait --format json | sed -n 's/.*"id": *\([0-9]*\).*/\1/p' | head -n 1)
again=$(as ministry run start --method PERV-2023 --year 2022 --wait --format json | sed -n 's/.*"id": *\([0-9]*\).*/\1/p' | head -n 1)
sed -e 's/^code: .*/code: TRAINING-ANY/' -e 's/mode: same_procedure/mode: any/' \
    -e 's/^title: .*/title: {ru: "Учебная: как PERV-2023, ветвь Б по любой процедуре", en: "Training: PERV-2023 with branch B in any procedure"}/' \
    "$here/../../common/catalog/methodologies/perv-2023.yaml" >"$state/work/any.yaml"
as methodologist method lint "$state/work/any.yaml"
as methodologist method put "$state/work/any.yaml"
any=$(as ministry run start --method TRAINING-ANY --year 2022 --wait --format json | sed -n 's/.*"id": *\([0-9]*\).*/\1/p' | head -n 1)
as ministry run list
[ "$(as ministry run show "$run" --format json | grep -o '"output_hash": *"[0-9a-f]*"')" = \
  "$(as ministry run show "$again" --format json | grep -o '"output_hash": *"[0-9a-f]*"')" ] || { echo "runs differ" >&2; exit 1; }
as ministry edition publish --run "$run" --title "Список по итогам 2021/22" --document "Учебный приказ № 2 (вымышленный)"

say "Учебный район по PERV-2023 (ветвь Б: та же процедура) и по TRAINING-ANY (ветвь Б: любая)" \
    "The training district by PERV-2023 (branch B: the same procedure) and by TRAINING-ANY (branch B: any)"
as ministry classes --run "$run" --under 66-training
as ministry classes --run "$any" --under 66-training

say "Первоуральск: статус по утверждённой редакции и типология" \
    "Pervouralsk: status of the published edition and typology"
as pervouralsk classes --edition 1

say "Матрица 11 × 11: 7 / 5 / 5 / 5 / 0" "The 11 × 11 matrix: 7 / 5 / 5 / 5 / 0"
as ministry matrix --run "$run" --under 66-pervouralsk

say "Результаты и кадры в учебном районе: кластер картины, его смысл и соседний, если школа у границы" \
    "Results and staffing in the training district: the cluster, its meaning, and the next one where a school is near"
as training quadrants --method KIROV-2022 --year 2022 --picture STAFFING
as training quadrants 66-training-901 --method KIROV-2022 --year 2022

say "Данные министерства школе 902: подтверждены, одна клетка оспорена" \
    "Figures of the ministry for school 902: confirmed, one cell disputed"
as ministry results import "$here/training/902.csv" --source region --document "Письмо № 7 от 01.09.2022, Учебный центр обработки (вымышленный)"
id=$(as s902 results delivered --period 2022 --format csv | awk -F, 'NR == 2 { print $1 }')
as s902 results dispute "$id" results/VPR.RUS.5/below_min=2 --reason "В протоколе двое"
as s902 results confirm
as training results delivered --under 66-training-902
as ministry results disputes --waiting

say "Почему школа 901 в списке: от класса до клетки" "Why school 901 is on the list: from the class to the cell"
as s901 explain 66-training-901 --edition 1

say "Что заметил импорт (школы 1 и 26 не в своей таблице рисков)" \
    "What the import flagged (schools 1 and 26 in the wrong risk table)"
as ministry issue list

say "Таблицы источника сверены между собой: какие из известных ловушек в них есть (сервер не нужен)" \
    "The source's tables against each other: which known traps they have (no server needed)"
"$build/shans" issue traps "$here/pervouralsk"

say "Ошибки загрузки задерживают статус только своей школы; решает координатор, и расчёт повторяется" \
    "Import errors hold back the status of their school alone; the coordinator decides and the run is repeated"
as ministry issue import "$here/pervouralsk" --school-prefix 66-pervouralsk- --document "Муниципальная программа 2023-2025" \
    --format csv >"$state/work/findings.csv"
open_of() { # school status...
    as pervouralsk issue list --open --under "66-pervouralsk-$1" --format csv |
        awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next } $column["severity"] == "error" { print $column["id"] }'
}
held=$(as ministry run start --method PERV-2023 --year 2022 --wait --format json | sed -n 's/.*"id": *\([0-9]*\).*/\1/p' | head -n 1)
as ministry explain 66-pervouralsk-16 --run "$held"
# shellcheck disable=SC2046
as pervouralsk issue accept $(open_of 16) --comment "Учебное решение: в источнике напечатано так" | tail -n 3
free=$(as ministry run start --method PERV-2023 --year 2022 --wait --format json | sed -n 's/.*"id": *\([0-9]*\).*/\1/p' | head -n 1)
as ministry classes --run "$free" --under 66-pervouralsk-16

# For the test of documents: what the commands that only read print for programs. document WHO NAME COMMAND...
document() { as "$1" "${@:3}" --format json >"$SHANS_DEMO_JSON/$2.json"; }
if [ -n "${SHANS_DEMO_JSON:-}" ]; then
    document ministry whoami whoami
    document ministry server server info
    document ministry org-list org list
    document ministry org-show org show 66-training-906
    document s901 form-list form list
    document s901 form-show form show assessment_results
    document s901 form-get form get 66-training-901 assessment_results 2022 --overwrite
    document training review-list review list
    document training review-show review show "$id"
    document ministry method-list method list
    document ministry method-show method show PERV-2023
    document ministry run-list run list
    document ministry run-show run show "$run"
    document ministry classes classes --run "$run"
    document s901 explain explain 66-training-901 --edition 1
    document ministry matrix matrix --run "$run" --under 66-pervouralsk
    document training quadrants quadrants --method KIROV-2022 --year 2022 --picture STAFFING
    document ministry edition-list edition list
    document ministry edition-show edition show 1
    document ministry issue-list issue list
    document s901 outbox-list outbox list --all
    document s901 config config show
fi

printf '\n%s: %s s\n' "$([ "$lang" = ru ] && echo "Показ завершён" || echo "The demo is done")" "$((SECONDS - started))"
