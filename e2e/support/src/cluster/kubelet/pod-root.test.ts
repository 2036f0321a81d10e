import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topMountPoints } from './pod-root.ts';

test('mount points below another one come with it; spaces in their names are understood', () => {
  const text = [
    '1 0 8:1 / / rw - ext4 /dev/a rw',
    '2 1 0:2 / /proc rw - proc proc rw',
    '3 1 0:3 / /dev rw - devtmpfs dev rw',
    '4 3 0:4 / /dev/shm rw - tmpfs shm rw',
    String.raw`5 1 8:2 / /mnt/my\040disk rw - ext4 /dev/b rw`,
    '6 3 0:4 / /dev/shm rw - tmpfs shm rw',
    '7 1 8:3 / /device rw - ext4 /dev/c rw',
    '',
  ].join('\n');
  assert.deepEqual(topMountPoints(text), ['/proc', '/dev', '/mnt/my disk', '/device']);
});
