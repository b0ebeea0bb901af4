#!/usr/bin/env bash
# A study as a job array on a real SLURM of one node, compared with the same study in one process.
#
#   apt-get install slurm-wlm munge && bash tests/slurm/run.sh [FOLDER]
#
# As root on the host, from anywhere; starts munged, slurmctld and slurmd of its own with their files
# in FOLDER (default: a new folder in /tmp), and ends them. One task of 21 is cancelled, another
# requeued while the array runs. Ends with "the same table" and exit code 0, or says what differs.
set -eu -o pipefail

clone=$(readlink -f -- "$(dirname -- "${BASH_SOURCE[0]}")/../..")
folder=${1:-$(mktemp -d /tmp/ifem-slurm.XXXXXX)}
ifem=$clone/ifem
tasks=21
say() { printf 'slurm test: %s\n' "$*"; }

for tool in munged slurmctld slurmd sbatch scancel scontrol squeue; do
    command -v "$tool" >/dev/null || { say "$tool is missing: apt-get install slurm-wlm munge"; exit 77; }
done
((EUID == 0)) || { say "needs root, to start the daemons"; exit 77; }

started=()
stop() {
    local pid
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
}
trap stop EXIT

# ---------------------------------------------------------------- a SLURM of one node
mkdir -p "$folder"/{munge,state,spool,log}
chmod 711 "$folder" && chmod 700 "$folder/munge"
dd if=/dev/urandom of="$folder/munge/key" bs=1024 count=1 2>/dev/null
chmod 400 "$folder/munge/key"
export MUNGE_SOCKET=$folder/munge.socket
munged --foreground --force --socket "$MUNGE_SOCKET" --key-file "$folder/munge/key" \
    --log-file "$folder/munge/log" --pid-file "$folder/munge/pid" --seed-file "$folder/munge/seed" \
    >"$folder/log/munged" 2>&1 &
started+=($!)

host=$(hostname -s)
export SLURM_CONF=$folder/slurm.conf
cat >"$SLURM_CONF" <<EOF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$MUNGE_SOCKET
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
MinJobAge=300
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=1:00:00 State=UP
EOF
slurmctld -D >"$folder/log/slurmctld.out" 2>&1 &
started+=($!)
slurmd -D -N "$host" >"$folder/log/slurmd.out" 2>&1 &
started+=($!)
for _ in $(seq 60); do
    [[ $(sinfo -h -o %T 2>/dev/null) = idle ]] && break
    sleep 0.5
done
[[ $(sinfo -h -o %T) = idle ]] || { say "SLURM did not start; see $folder/log"; exit 1; }
say "$(sinfo --version) runs, files in $folder"

# ---------------------------------------------------------------- the study
"$ifem" shell python3 "$clone/tests/slurm/write_study.py" "$folder" $tasks
"$ifem" study "$folder/array.yaml" --out "$folder/one_process" --jobs 1 --quiet
"$ifem" study "$folder/array.yaml" --out "$folder/array" --engine slurm --script-only --tasks $tasks --quiet
submitted=$(bash "$folder/array/slurm/submit.sh")
say "$submitted"
job=${submitted#job }
job=${job%%:*}
state_of() { squeue -h -j "$1" -o %T 2>/dev/null || true; }

# a task that runs is requeued, one that waits is cancelled
victim=
for _ in $(seq 600); do
    victim=$(squeue -h -r -j "$job" -t RUNNING -o %K | head -n 1)
    [[ -z $victim ]] || break
    sleep 0.1
done
[[ -n $victim ]] || { say "no task of the array ran"; exit 1; }
scontrol requeue "${job}_$victim"
say "requeued task $victim, now $(state_of "${job}_$victim")"
scancel "${job}_$tasks"
say "cancelled task $tasks"

for _ in $(seq 900); do
    [[ -n $(squeue -h -o %i) ]] || break
    sleep 1
done
[[ -z $(squeue -h -o %i) ]] || { say "jobs are left after 15 minutes"; squeue; exit 1; }
[[ ! -s $folder/array/slurm/part_$tasks.log ]] || { say "the cancelled task ran"; exit 1; }
restarts=$(scontrol show job "${job}_$victim" | sed -n 's/.*Restarts=\([0-9]*\).*/\1/p' | head -n 1)
say "task $victim was started $((restarts + 1)) times"
((restarts == 1)) || { say "the task was not requeued"; exit 1; }

# ---------------------------------------------------------------- the table
"$ifem" status "$folder/array"
cmp "$folder/one_process/results.csv" "$folder/array/results.csv" || {
    say "the tables differ"
    exit 1
}
say "the same table from one process and from $tasks tasks, one cancelled and one requeued"
