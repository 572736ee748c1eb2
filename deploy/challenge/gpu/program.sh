#!/bin/sh
# Compiles the program that proves GPUs: `program.sh FILE [FOLDER]`, where it looks for OpenCL's loader in FOLDER before anywhere else.
# Needs gcc and ocl-icd-opencl-dev.
set -eu
file=$(realpath "${1:?usage: program.sh FILE [FOLDER]}")
libraries=${2:-}
command -v gcc >/dev/null || { echo 'gcc is needed: apt-get install gcc libc6-dev' >&2; exit 1; }
echo '#include <CL/cl.h>' | gcc -E -o /dev/null - 2>/dev/null ||
  { echo 'the headers of OpenCL are needed: apt-get install ocl-icd-opencl-dev' >&2; exit 1; }
# The text of the kernels is taken in by its name.
cd "$(dirname "$0")/src"
gcc -std=gnu11 -O2 -Wall -Wextra ${libraries:+-Wl,-rpath,"$libraries"} -o "$file" ./*.c -lOpenCL
