#!/bin/sh
# Makes the image that hosts prove their GPUs with (setting challenges.gpuImage), from no registry: its program is compiled here, and
# put on Debian of the machine's own apt sources, or on BASE. `image.sh [TAG] [BASE]`; needs docker, gcc and ocl-icd-opencl-dev, and
# without BASE root and debootstrap. Its last line is the id of the image.
set -eu
tag=${1:-headframe/gpu-prover:latest}
base=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
libraries=/usr/local/lib/headframe

for tool in docker ldd; do
  command -v "$tool" >/dev/null || { echo "$tool is needed: apt-get install $tool" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/usr/local/bin" "$root$libraries" "$root/etc/OpenCL/vendors"

program=$root/usr/local/bin/headframe-gpu-prover
"$here/program.sh" "$program" "$libraries"
loader=$(ldd "$program" | awk '/libOpenCL/ { print $3 }')
cp -L "$loader" "$root$libraries/libOpenCL.so.1"
# Which driver there is to be; the file that it names comes with the GPU.
echo libnvidia-opencl.so.1 >"$root/etc/OpenCL/vendors/nvidia.icd"
chmod -R a+rX "$root"

if [ -z "$base" ]; then
  base=headframe/gpu-base:latest
  PACKAGES='' "$here/../../lease/base-image.sh" "$base" >/dev/null
fi
cp "$here/Dockerfile" "$work/Dockerfile"
docker build --quiet --build-arg BASE="$base" --tag "$tag" "$work"
