#include <openssl/evp.h>

// Decrypts whole blocks of 8 octets with three-key triple DES (EDE), ECB, without padding. 1, or 0 when OpenSSL has none
// or refuses.
static inline int triple_des_decrypt(
    const unsigned char key[24], const unsigned char *input, int length, unsigned char *output) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0, rest = 0;
    int done = context && EVP_DecryptInit_ex(context, EVP_des_ede3_ecb(), NULL, key, NULL) &&
               EVP_CIPHER_CTX_set_padding(context, 0) &&
               EVP_DecryptUpdate(context, output, &written, input, length) &&
               EVP_DecryptFinal_ex(context, output + written, &rest);
    EVP_CIPHER_CTX_free(context);
    return done && written + rest == length;
}
