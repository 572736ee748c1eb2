/** Public keys that ssh-keygen has made, and what ssh-keygen -l says of each. Their private halves are gone. */
export const SSH_KEYS = {
  ed25519: {
    line: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILGlUdLrLkIZYZqCvmrElzkPyXLV/nPZK683/GFIahMq ed25519-256',
    fingerprint: 'SHA256:oYYnNOUBcP3NKfH1YjchdG9GWCeg+K7sW2E/7araJ6A',
  },
  p256: {
    line: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHfTy9XicDAYSkGOLSCw9s9tvnrvikjVS7Ul4uCNYKdlqT5tiYgD+b957yzX6ip0gYnV4D3frNKkzwoTJuNEPnw= ecdsa-256',
    fingerprint: 'SHA256:nGgEl609NZeLaz8vT6Bz1qT4KO2EfiExHL5vWb9GV8Y',
  },
  p384: {
    line: 'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBE9M0qmE/XMjyjy4LSHJLhqnSRoq6uKkLTNS8E+/2PXIsCKvLkWk5tJsBpqMKNKuADXRs+Ux576Im5gDhTHmix+WDB1BVIfzvtheeFdyl0Z6LUEHwoPF411pqHY57HOuXA== ecdsa-384',
    fingerprint: 'SHA256:/qOKcUSMpFnDQxeTTc5HzMIbXkNjAbKBd0f1p5/iVZA',
  },
  p521: {
    line: 'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBADHwyF2ahba7t1O98P4P+cATgs9r3Kl+8zcCU0tX4E+08Ni/TSN1xrlGTUa1lTsnj1T/1hnUxQ53t4lUrTTgRQemwFiP8Kc1YCZ0l54z/PuI17Q9N7Q1OuhBrvlfhn7oQ4+sYVrjPgUmzE2SpTuPPC2tJQfkDu9UMYpZncpWb8ojlFq/g== ecdsa-521',
    fingerprint: 'SHA256:fRKAusLprE5QKeeRAbxH0pf6G1RqpJVGC5HSWR270Cs',
  },
  rsa2048: {
    line: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDm9iovIQSIRNF+YuKa+v9soVF36NhA67HN5xV5diAtRq0TG1SYT+jP+xpBKUPHprB6sJ6TQg8l1o+7AuLJKpeZ+id6SL8HZRB2EtL5dqL9rrBuuemHGyGiDCS1ZzM/rSxt88sU3xOZAee6AJt6AGlOlZLTX1JB5WZDwdrcPF1VoKjSsOwkkmpRk4ag9wBUX0gAuc1sGaviq+1UVRhFEAFyp8ayxYdzG2f6A3i4D1BNuKL+z7JvtW1TZvPsNa5fdBstxV7LvTnkMLvcCbosGNYDDzOL+RMDPpnBiOKDC/Qj0EsVdN9YBJ203ojVwiTYKpVNNQFf72cNn1PfFQFO/yJX rsa-2048',
    fingerprint: 'SHA256:Rxabzz6KojSmFDCNzF9LJYF99DVM73pFS9qkl2+1Vhg',
  },
  rsa3072: {
    line: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQCvpe9vZlKN00/XwD2XVoRyjzBHWrl4YSJAS2zkHiPcgq7CgjNok8iefPchBS43ZoaPMgsaf87rv5nGSILSkg0T0MMIR7bZX7VyF5xoK/sJ5prCRNo9/y1Ace5gfE4KICgxCg9KLbVLQ+A50+HNXjQo7KHnfG7QTYG6+KSGPMgEuMhfV32bIZcjE7T9on2H3f24rXyNqZ/NKzpsaZnRKbFa1XKGrLt0vs3Vr0I5svANIqYv3ssFD/Hkc/fxY+URfHJo1fRaM+VqEnjUED7W34RlYjMwlD0WQVYUJj5nGhtmVD5QbsNzE5E9JA4EYkHhd2UtiSf5kx2lT+6g3GqZe+X6m3D04uH1ikI++3Yj+gj+jUF3w8hM5Ho5mkWgKpmBBTsxzuT4bY2wElzpLB4PMDFtDpjYf3//WU/ItR0C0py1BMycvtZEbyAwcYxq0mOU1fVVJstbCUMiJoJCoJtorhcFuQAyjFTvaDrP6oWlCCPIgNJUn30mjD5mKqs0qMpQevk= rsa-3072',
    fingerprint: 'SHA256:A+w27AjxrVsSqaRBx5EgNOmb2uVAzj0bUbrtYzymOqk',
  },
} as const;
