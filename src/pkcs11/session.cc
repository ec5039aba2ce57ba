#include "pkcs11/session.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace pkcs11 {
namespace {

using vault::KekFault;

constexpr CK_ULONG kMaxSlots = 256;
constexpr CK_ULONG kTagBits = 128;

Failure config(std::string message) {
  return Failure{KekFault::kConfig, std::move(message), CKR_OK};
}

// PKCS#11 takes what it reads by pointers that are not const.
CK_BYTE_PTR in_pointer(std::span<const std::byte> bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
  return reinterpret_cast<CK_BYTE_PTR>(const_cast<std::byte*>(bytes.data()));
}

CK_BYTE_PTR out_pointer(std::span<std::byte> bytes) {
  return reinterpret_cast<CK_BYTE_PTR>(bytes.data());
}

template <class T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, T& value) {
  return CK_ATTRIBUTE{type, &value, sizeof(value)};
}

CK_ATTRIBUTE attribute_of_bytes(CK_ATTRIBUTE_TYPE type, std::span<const std::byte> value) {
  return CK_ATTRIBUTE{type, in_pointer(value), value.size()};
}

Result<void, Failure> initialize(CK_FUNCTION_LIST_PTR functions) {
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV rv = functions->C_Initialize(&arguments);
  if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) return failure_of("C_Initialize", rv);
  return {};
}

bool has_label(const CK_TOKEN_INFO& info, std::string_view label) {
  std::string_view padded(reinterpret_cast<const char*>(info.label), sizeof(info.label));
  if (label.size() > padded.size() || !padded.starts_with(label)) return false;
  padded.remove_prefix(label.size());
  return std::all_of(padded.begin(), padded.end(), [](char c) { return c == ' '; });
}

Result<CK_SLOT_ID, Failure> find_slot(CK_FUNCTION_LIST_PTR functions, const std::string& label) {
  std::array<CK_SLOT_ID, kMaxSlots> slots{};
  CK_ULONG count = kMaxSlots;
  if (const CK_RV rv = functions->C_GetSlotList(CK_TRUE, slots.data(), &count); rv != CKR_OK)
    return failure_of("C_GetSlotList", rv);
  std::vector<CK_SLOT_ID> found;
  for (const CK_SLOT_ID slot : std::span(slots).first(std::min(count, kMaxSlots))) {
    CK_TOKEN_INFO info{};
    // A token that does not answer is not the one, or comes back later.
    if (functions->C_GetTokenInfo(slot, &info) == CKR_OK && has_label(info, label))
      found.push_back(slot);
  }
  // It may have been unplugged.
  if (found.empty()) {
    return Failure{KekFault::kRetryable, "there is no token " + label, CKR_TOKEN_NOT_PRESENT};
  }
  if (found.size() > 1) return config("two tokens are labelled " + label);
  return found.front();
}

}  // namespace

Result<CK_FUNCTION_LIST_PTR, Failure> load_module(const std::string& path) {
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return Failure{KekFault::kNotFound, "the PKCS#11 module " + path + " cannot be loaded"};
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST_PTR functions = nullptr;
  if (get == nullptr || get(&functions) != CKR_OK || functions == nullptr) {
    ::dlclose(library);
    return config(path + " is not a PKCS#11 module");
  }
  return functions;
}

Session::Session(CK_FUNCTION_LIST_PTR functions, CK_SESSION_HANDLE handle) noexcept
    : functions_(functions), handle_(handle) {}

Session::Session(Session&& other) noexcept
    : functions_(std::exchange(other.functions_, nullptr)), handle_(other.handle_) {}

Session::~Session() {
  // What it returns does not matter: the session may be gone already.
  if (functions_ != nullptr) functions_->C_CloseSession(handle_);
}

Result<Session, Failure> Session::open(CK_FUNCTION_LIST_PTR functions,
                                       const std::string& token_label, const SecretBytes& pin) {
  if (auto initialized = initialize(functions); !initialized) return initialized.error();
  const auto slot = find_slot(functions, token_label);
  if (!slot) return slot.error();
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  CK_RV rv = functions->C_OpenSession(*slot, CKF_SERIAL_SESSION, nullptr, nullptr, &handle);
  if (rv != CKR_OK) return failure_of("C_OpenSession", rv);
  Session session(functions, handle);
  if (session.logged_in()) return session;
  rv = functions->C_Login(handle, CKU_USER, in_pointer(pin.expose()), pin.size());
  if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) return failure_of("C_Login", rv);
  return session;
}

bool Session::logged_in() const {
  CK_SESSION_INFO info{};
  return functions_->C_GetSessionInfo(handle_, &info) == CKR_OK &&
         (info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS);
}

Result<std::vector<CK_OBJECT_HANDLE>, Failure> Session::find(std::span<CK_ATTRIBUTE> wanted) const {
  if (const CK_RV rv = functions_->C_FindObjectsInit(handle_, wanted.data(), wanted.size());
      rv != CKR_OK)
    return failure_of("C_FindObjectsInit", rv);
  std::array<CK_OBJECT_HANDLE, 2> found{};
  CK_ULONG count = 0;
  const CK_RV rv = functions_->C_FindObjects(handle_, found.data(), found.size(), &count);
  const CK_RV finished = functions_->C_FindObjectsFinal(handle_);
  if (rv != CKR_OK) return failure_of("C_FindObjects", rv);
  if (finished != CKR_OK) return failure_of("C_FindObjectsFinal", finished);
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min<CK_ULONG>(count, 2));
  return std::vector<CK_OBJECT_HANDLE>(found.begin(), end);
}

Result<CK_OBJECT_HANDLE, Failure> Session::find_key(const std::string& label,
                                                    std::span<const std::byte> id) const {
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  CK_KEY_TYPE type = CKK_AES;
  CK_BBOOL on_token = CK_TRUE;
  std::array<CK_ATTRIBUTE, 5> wanted{attribute(CKA_CLASS, object_class),
                                     attribute(CKA_KEY_TYPE, type), attribute(CKA_TOKEN, on_token),
                                     attribute_of_bytes(CKA_LABEL, std::as_bytes(std::span(label))),
                                     attribute_of_bytes(CKA_ID, id)};
  const auto found = find(wanted);
  if (!found) return found.error();
  // Without the login a private object is not refused but invisible.
  if (found->empty() && !logged_in()) return failure_of("C_FindObjects", CKR_USER_NOT_LOGGED_IN);
  if (found->empty()) return Failure{KekFault::kNotFound, "the token has no such AES key", CKR_OK};
  if (found->size() > 1) return config("two keys of the token have this label and id");
  if (auto checked = check_key(found->front()); !checked) return checked.error();
  return found->front();
}

Result<void, Failure> Session::check_key(CK_OBJECT_HANDLE key) const {
  CK_BBOOL sensitive = CK_FALSE;
  CK_BBOOL extractable = CK_TRUE;
  CK_BBOOL encrypts = CK_FALSE;
  CK_BBOOL decrypts = CK_FALSE;
  CK_ULONG size = 0;
  std::array<CK_ATTRIBUTE, 5> asked{
      attribute(CKA_SENSITIVE, sensitive), attribute(CKA_EXTRACTABLE, extractable),
      attribute(CKA_ENCRYPT, encrypts), attribute(CKA_DECRYPT, decrypts),
      attribute(CKA_VALUE_LEN, size)};
  if (const CK_RV rv = functions_->C_GetAttributeValue(handle_, key, asked.data(), asked.size());
      rv != CKR_OK)
    return failure_of("C_GetAttributeValue", rv);
  if (sensitive != CK_TRUE || extractable != CK_FALSE)
    return config("the key may leave the token: it must be sensitive and not extractable");
  if (encrypts != CK_TRUE || decrypts != CK_TRUE)
    return config("the key must be allowed to encrypt and to decrypt");
  if (size != 32) return config("the key is not one of AES-256");
  return {};
}

Result<void, Failure> Session::encrypt(CK_OBJECT_HANDLE key, std::span<const std::byte, 12> iv,
                                       std::span<const std::byte> aad,
                                       std::span<const std::byte> in,
                                       std::span<std::byte> out) const {
  CK_GCM_PARAMS gcm{in_pointer(iv),  iv.size(),  iv.size() * 8,
                    in_pointer(aad), aad.size(), kTagBits};
  CK_MECHANISM mechanism{CKM_AES_GCM, &gcm, sizeof(gcm)};
  if (const CK_RV rv = functions_->C_EncryptInit(handle_, &mechanism, key); rv != CKR_OK)
    return failure_of("C_EncryptInit", rv);
  CK_ULONG size = out.size();
  const CK_RV rv =
      functions_->C_Encrypt(handle_, in_pointer(in), in.size(), out_pointer(out), &size);
  if (rv != CKR_OK) return failure_of("C_Encrypt", rv);
  if (size != out.size()) return config("the token's AES-GCM has another length");
  return {};
}

Result<void, Failure> Session::decrypt(CK_OBJECT_HANDLE key, std::span<const std::byte, 12> iv,
                                       std::span<const std::byte> aad,
                                       std::span<const std::byte> in,
                                       std::span<std::byte> out) const {
  CK_GCM_PARAMS gcm{in_pointer(iv),  iv.size(),  iv.size() * 8,
                    in_pointer(aad), aad.size(), kTagBits};
  CK_MECHANISM mechanism{CKM_AES_GCM, &gcm, sizeof(gcm)};
  if (const CK_RV rv = functions_->C_DecryptInit(handle_, &mechanism, key); rv != CKR_OK)
    return failure_of("C_DecryptInit", rv);
  // Some modules want room for the tag, too.
  SecretBytes room = SecretBytes::for_overwrite(in.size());
  CK_ULONG size = room.size();
  const CK_RV rv = functions_->C_Decrypt(handle_, in_pointer(in), in.size(),
                                         out_pointer(room.expose_for_writing()), &size);
  if (rv != CKR_OK) return failure_of("C_Decrypt", rv);
  if (size != out.size()) return config("the token's AES-GCM has another length");
  std::copy_n(room.expose().begin(), out.size(), out.begin());
  return {};
}

}  // namespace pkcs11
COEFFICIENT_END_NAMESPACE
