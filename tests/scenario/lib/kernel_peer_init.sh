#!/bin/bash
# The first process of kernel_peer.sh's machine. Its root is this machine's, which it must not change: a layer of memory
# comes on top. Then it does what the scenario writes on its console, a line at a time: FILE COMMANDS, and leaves output and
# exit code (the last line) in that file. SHARE is the run's folder, INIT this script.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
if [ -z "${LAYERED:-}" ]; then
    mount -n -t proc proc /proc
    mount -n -t sysfs sys /sys
    insmod "/usr/lib/uml/modules/$(uname -r)/kernel/fs/overlayfs/overlay.ko"
    mount -n -t tmpfs tmpfs /tmp
    mkdir /tmp/upper /tmp/work /tmp/root
    mount -n -t overlay -o lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work overlay /tmp/root
    mkdir -p /tmp/root/lib/modules
    mount -n --bind /usr/lib/uml/modules /tmp/root/lib/modules
    mount -n --move /proc /tmp/root/proc
    mount -n --move /sys /tmp/root/sys
    LAYERED=yes exec chroot /tmp/root "$INIT"
fi
mount -n -t devtmpfs dev /dev
mount -n -t tmpfs run /run
mkdir -p "$SHARE"
mount -n -t hostfs none "$SHARE" -o "$SHARE"
modprobe -a ipv6 esp4 esp6 xfrm_user seqiv echainiv authenc authencesn
stty -echo </dev/console
touch "$SHARE/kernel/ready" # what comes before this is lost
while read -r answer line; do
    (eval "$line") >"$answer.part" 2>&1 </dev/null
    echo $? >>"$answer.part"
    mv "$answer.part" "$answer"
done </dev/console
echo o >/proc/sysrq-trigger
sleep 10
