"""Runs what oss2 can do with buckets, objects and uploads against a store. Prints "ok" in the end.

Arguments: the endpoint, the access key's id and secret, "path" or "host", the version of signatures.
"""

import hashlib
import os
import socket
import sys
import tempfile
import time

import oss2
import requests
from oss2.models import PartInfo

endpoint, key_id, secret, style, version = sys.argv[1:6]

# A bucket in the host is a name that has to lead here.
lookup = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: lookup(
    "127.0.0.1" if str(host).endswith("hub.test") else host, *rest, **named
)

auth = (oss2.AuthV4 if version == "4" else oss2.Auth)(key_id, secret)
options = {"region": "cn-hangzhou", "is_path_style": style == "path"}
bucket = oss2.Bucket(auth, endpoint, "crosscomm", **options)
service = oss2.Service(auth, endpoint, region="cn-hangzhou")


def refused(code, call, *args, **named):
    try:
        call(*args, **named)
    except oss2.exceptions.OssError as error:
        assert error.code == code, (error.code, code, error.body)
        assert error.request_id, error.headers
        return error
    raise AssertionError(f"{call.__name__} was not refused with {code}")


# Buckets.
assert "crosscomm" in [item.name for item in oss2.BucketIterator(service)]
info = bucket.get_bucket_info()
assert info.name == "crosscomm" and info.acl.grant == "private", vars(info)
assert bucket.get_bucket_acl().acl == "private"
assert bucket.get_bucket_location().location == info.location
other = oss2.Bucket(auth, endpoint, f"second-{version}-{style}", **options)
other.create_bucket()
other.put_object("x", b"x")
refused("BucketNotEmpty", other.delete_bucket)
other.delete_object("x")
other.delete_bucket()
refused("NoSuchBucket", other.get_bucket_info)
refused("NoSuchBucket", other.put_object, "x", b"x")

# Objects. oss2 compares the checksum of all that it sends and reads.
keys = ["plain", "dir/ü 中文 & <b>'\"+%2F?#.txt", "dir/../up", "😀~!*()", "x//y", "a%20b", "tab\there", "nl\nx"]
for key in keys:
    content = f"content of {key}".encode()
    result = bucket.put_object(
        key, content, headers={"x-oss-meta-who": "me", "Content-Type": "text/x-test", "Cache-Control": "max-age=5"}
    )
    assert result.crc is not None and result.etag == hashlib.md5(content).hexdigest().upper()
    got = bucket.get_object(key)
    assert got.read() == content and got.headers["x-oss-meta-who"] == "me" and got.client_crc == got.server_crc
    assert bucket.get_object(key, byte_range=(0, 6)).read() == b"content"
    assert bucket.get_object(key, byte_range=(None, 3)).read() == content[-3:]
    head = bucket.head_object(key)
    assert head.content_type == "text/x-test" and head.content_length == len(content)
    assert bucket.get_object_meta(key).content_length == len(content)
    assert bucket.object_exists(key)
    bucket.update_object_meta(key, {"x-oss-meta-who": "you"})
    assert bucket.head_object(key).headers["x-oss-meta-who"] == "you"
    bucket.copy_object("crosscomm", key, f"copy of {key}")
    assert bucket.get_object(f"copy of {key}").read() == content
    url = bucket.sign_url("GET", key, 60, params={"response-content-type": "text/other"})
    answer = requests.get(url)
    assert answer.content == content and answer.headers["content-type"] == "text/other", answer.text
    url = bucket.sign_url("PUT", f"signed {key}", 60)
    assert requests.put(url, data=b"signed").status_code == 200
    assert bucket.get_object_with_url(bucket.sign_url("GET", f"signed {key}", 60)).read() == b"signed"
    bucket.delete_object(key)
    assert not bucket.object_exists(key)
    refused("NoSuchKey", bucket.get_object, key)
    refused("NoSuchKey", bucket.get_object_meta, key)
    refused("NoSuchKey", bucket.head_object, key)
bucket.put_object("chunked", iter([b"one ", b"two"]))
assert bucket.get_object("chunked").read() == b"one two"
bucket.put_object("empty", b"")
assert bucket.get_object("empty").read() == b""
refused("FileAlreadyExists", bucket.put_object, "empty", b"x", headers={"x-oss-forbid-overwrite": "true"})
refused("InvalidDigest", bucket.put_object, "empty", b"x", headers={"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="})
refused("", bucket.get_object, "chunked", headers={"If-None-Match": f'"{bucket.head_object("chunked").etag}"'})
refused("PreconditionFailed", bucket.get_object, "chunked", headers={"If-Match": '"0"'})
first = bucket.append_object("log", 0, b"one ", init_crc=0)
second = bucket.append_object("log", first.next_position, b"two", init_crc=first.crc)
assert second.next_position == 7 and bucket.get_object("log").read() == b"one two"
refused("PositionNotEqualToLength", bucket.append_object, "log", 3, b"x")
refused("ObjectNotAppendable", bucket.append_object, "chunked", 7, b"x")
deleted = bucket.batch_delete_objects(["log", "chunked", "never was & <x>"])
assert deleted.deleted_keys == ["log", "chunked", "never was & <x>"], deleted.deleted_keys
assert bucket.get_object_acl("empty").acl == "default"

# Files, and uploads in parts.
with tempfile.TemporaryDirectory() as folder:
    source, target = os.path.join(folder, "source"), os.path.join(folder, "target")
    whole = os.urandom(1_000_000)
    with open(source, "wb") as file:
        file.write(whole)
    bucket.put_object_from_file("file", source)
    bucket.get_object_to_file("file", target)
    assert open(target, "rb").read() == whole
    store = oss2.ResumableStore(root=folder)
    result = oss2.resumable_upload(
        bucket, "resumed", source, store=store, multipart_threshold=100_000, part_size=200_000, num_threads=3
    )
    assert result.crc is not None
    oss2.resumable_download(
        bucket, "resumed", target, store=oss2.ResumableDownloadStore(root=folder),
        multiget_threshold=100_000, part_size=150_000, num_threads=3,
    )
    assert open(target, "rb").read() == whole
    upload = bucket.init_multipart_upload("parts", headers={"x-oss-meta-who": "me"}).upload_id
    parts = []
    bucket.upload_part("parts", upload, 1, b"overwritten")
    for number in range(4):
        piece = whole[number * 250_000:(number + 1) * 250_000]
        done = bucket.upload_part("parts", upload, number + 1, piece)
        parts.append(PartInfo(number + 1, done.etag, size=len(piece), part_crc=done.crc))
    bucket.upload_part_copy("crosscomm", "file", (0, 149_999), "parts", upload, 5)
    assert [part.size for part in oss2.PartIterator(bucket, "parts", upload, max_parts=2)] == [250_000] * 4 + [150_000]
    assert [item.key for item in oss2.MultipartUploadIterator(bucket, max_uploads=1)] == ["parts"]
    assert [item.upload_id for item in oss2.ObjectUploadIterator(bucket, "parts")] == [upload]
    refused("InvalidPart", bucket.complete_multipart_upload, "parts", upload, [PartInfo(1, "0" * 32)])
    bucket.complete_multipart_upload("parts", upload, parts)
    assert bucket.get_object("parts").read() == whole
    assert bucket.head_object("parts").headers["x-oss-meta-who"] == "me"
    upload = bucket.init_multipart_upload("parts").upload_id
    bucket.abort_multipart_upload("parts", upload)
    refused("NoSuchUpload", bucket.list_parts, "parts", upload)

# Listings.
names = ["l/a/1", "l/a/2", "l/b &<>/中", "l/c", "l/d\n"]
for name in names:
    bucket.put_object(name, b"x")
assert [item.key for item in oss2.ObjectIterator(bucket, prefix="l/", max_keys=2)] == names
assert [item.key for item in oss2.ObjectIteratorV2(bucket, prefix="l/", max_keys=2, fetch_owner=True)] == names
for iterator in oss2.ObjectIterator, oss2.ObjectIteratorV2:
    found = [(item.key, item.is_prefix()) for item in iterator(bucket, prefix="l/", delimiter="/", max_keys=1)]
    assert found == [("l/a/", True), ("l/b &<>/", True), ("l/c", False), ("l/d\n", False)], found
assert bucket.list_objects_v2(prefix="l/", start_after="l/c").object_list[0].key == "l/d\n"

# Whoever has no key gets nothing.
wrong = (oss2.AuthV4 if version == "4" else oss2.Auth)(key_id, secret + "x")
stranger = oss2.Bucket(wrong, endpoint, "crosscomm", **options)
refused("SignatureDoesNotMatch", stranger.get_object, "file")
refused("SignatureDoesNotMatch", stranger.get_object, "no such file")
refused("AccessDenied", oss2.Bucket(oss2.AnonymousAuth(), endpoint, "crosscomm", **options).get_object, "file")
expired = bucket.sign_url("GET", "file", 1)
deadline = time.time() + 10
while requests.get(expired).status_code == 200:
    assert time.time() < deadline
    time.sleep(0.1)

print("ok")
